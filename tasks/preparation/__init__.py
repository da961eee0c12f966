"""From the need to the strategy: regime, plan, criteria, quantities."""
