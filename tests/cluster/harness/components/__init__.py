"""The components of the cluster, one file each."""
