"""School climate survey."""
