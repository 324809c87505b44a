"""Programme participation."""
