"""Identity decisions: who is who, where no rule can say."""
