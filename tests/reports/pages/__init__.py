"""Pages of figures: what they show, ask and keep."""
