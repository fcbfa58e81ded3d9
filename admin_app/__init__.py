"""Sawhorse: the back office of a trade company in one Flask application.

The rooms of this package open downward only; `pyproject.toml` holds the contracts, `README.md` the map.
"""
