"""Card payments below the doors: what is written, what the provider tells, what is booked of it."""
