"""Names and addresses that the components of a cluster share. They are the same in every cluster: no two can meet."""

from __future__ import annotations

from pathlib import Path

NODE_NAME = "node"
# First address of the pod network: the gateway of the pods, and where CoreDNS answers.
NODE_ADDRESS = "10.244.0.1"
POD_SUBNET = "10.244.0.0/16"
SERVICE_SUBNET = "10.96.0.0/16"
# First address of the Service network, which Kubernetes gives to its own API.
API_SERVICE_ADDRESS = "10.96.0.1"
LOOPBACK = "127.0.0.1"

API_PORT = 6443
CONTROLLER_MANAGER_PORT = 10257
COREDNS_READY_PORT = 8181
ETCD_PORT = 2379
KUBELET_HEALTH_PORT = 10248
KUBE_PROXY_HEALTH_PORT = 10256
SCHEDULER_PORT = 10259

API_URL = f"https://{NODE_ADDRESS}:{API_PORT}"
CONTAINERD_SOCKET = Path("/run/containerd/containerd.sock")
PAUSE_IMAGE = "localhost/pause:embedded"
