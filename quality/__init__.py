"""What may be believed and published: rules, quarantine, contracts, validation, snapshots, certification."""
