"""Strategic plan and review calendar."""
