"""Frames become figures: plotly for pages, pictures for mails, always with the table beneath (look.md)."""
