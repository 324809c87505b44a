"""Published snapshots as the API sees them: the pointer, the open files, and the store that follows the pointer."""
