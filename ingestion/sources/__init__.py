"""One folder per source system: its mapping, its dlt source and a page on what it sends."""
