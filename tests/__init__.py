"""The suite mirrors the rooms of `admin_app`; `house/` keeps the rules, `browser/` drives a real browser."""
