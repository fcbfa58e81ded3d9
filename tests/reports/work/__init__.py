"""Tests of the figures of work."""
