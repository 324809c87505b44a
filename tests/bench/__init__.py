"""Time and memory of the platform's own work, as ratios against a named baseline in the same run."""
