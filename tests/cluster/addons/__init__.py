"""What users of some certificate modes have in their cluster before KEDA, installed into the embedded one."""
