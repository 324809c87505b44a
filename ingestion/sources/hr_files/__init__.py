"""Staff and staff assignments."""
