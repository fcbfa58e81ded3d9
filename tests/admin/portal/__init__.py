"""What the office sees and does about the customer portal."""
