"""No models: the log is written and read by this room's SQL. Django sends post_migrate only to apps with this module."""
