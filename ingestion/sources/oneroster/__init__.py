"""The OneRoster 1.2 CSV bundle as a source system."""
