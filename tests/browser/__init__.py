"""What people see: stories driven in a real browser, wide and narrow."""
