"""Tests of the figures of plans."""
