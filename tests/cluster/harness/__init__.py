"""A real one-node Kubernetes in private Linux namespaces: process, PKI, component, cluster.

    from tests.cluster.harness import Cluster

    with Cluster() as cluster:
        cluster.run(["kubectl", "get", "nodes"])

Nothing in it listens on, or talks to, the network of the host. By hand: `python -m tests.cluster.harness --help`.
"""

from tests.cluster.harness.cluster import Cluster
from tests.cluster.harness.process import CommandFailed, ComponentFailed

__all__ = ["Cluster", "CommandFailed", "ComponentFailed"]
