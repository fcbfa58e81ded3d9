"""The pages of the analysts; only the application mounts them (design section 9) [124, 125]."""
