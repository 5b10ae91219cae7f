"""Moving the pinned version of KEDA, and what that changes for the chart's author."""
