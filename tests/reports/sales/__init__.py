"""Tests of the figures of sales."""
