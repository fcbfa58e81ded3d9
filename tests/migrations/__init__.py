"""Migrations and models say the same, up and down, on both databases."""
