"""Gates: contracts, rules, quarantine, certification."""
