"""Tests of the schedule's pages."""
