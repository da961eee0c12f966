"""What happens under a contract: orders, invoices, incidents, stocks, shortages."""
