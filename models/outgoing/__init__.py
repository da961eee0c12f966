"""What leaves the application: letters to candidates, webhooks and where they may go."""
