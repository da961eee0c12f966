"""What leaves the application: mail, letters to candidates, digests, webhooks, runs asked of Prefect."""
