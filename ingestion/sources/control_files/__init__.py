"""Control totals: what a system says that it has, to hold the warehouse against."""
