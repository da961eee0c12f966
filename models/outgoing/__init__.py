"""All that leaves: mail, digest, webhooks, runs asked of Prefect, events."""
