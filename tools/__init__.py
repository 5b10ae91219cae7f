"""Generators and the toolchain; run each as ``python -m tools.<name> --help``."""
