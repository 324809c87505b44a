"""The state's student growth percentiles: how each student's score compares with academic peers."""
