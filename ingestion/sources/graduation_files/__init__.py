"""Graduation cohorts: who entered grade 9 when, and how those who left have left."""
