"""Students whom the state certified for free meals without an application."""
