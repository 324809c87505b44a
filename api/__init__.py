"""The metrics API: answers questions about outcomes from published snapshots, and from nothing else."""
