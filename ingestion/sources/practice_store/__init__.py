"""The district's own routines: stocktakes held and actions closed."""
