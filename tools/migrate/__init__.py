"""Values files of the official chart, made fit for this one."""
