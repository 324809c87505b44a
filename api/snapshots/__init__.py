"""Published snapshots: the pointer, the open files, and the store that follows the one to the other."""
