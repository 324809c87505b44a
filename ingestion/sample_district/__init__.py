"""A seeded, wholly invented school district, delivered as the files that real systems send."""
