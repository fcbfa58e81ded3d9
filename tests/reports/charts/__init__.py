"""Charts: what an answer is drawn as."""
