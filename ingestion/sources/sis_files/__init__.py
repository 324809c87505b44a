"""The SIS flat files as a source system."""
