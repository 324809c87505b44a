"""The assessment result files as a source system."""
