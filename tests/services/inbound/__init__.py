"""What comes in from outside: mails, text messages, and where they land."""
