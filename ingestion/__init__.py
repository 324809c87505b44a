"""Landing of source systems into the raw layer, and the sample district that stands in for them."""
