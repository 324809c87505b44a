"""Gates: contracts, rules, quarantine, validation."""
