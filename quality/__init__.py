"""What may be believed and published: rules, quarantine, contracts, reconciliation, certification, snapshots."""
