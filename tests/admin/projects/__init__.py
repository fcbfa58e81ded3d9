"""Tests of the workspace of a project."""
