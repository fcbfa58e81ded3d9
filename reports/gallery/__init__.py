"""The notebooks that ship: opened from their text, run read-only, kept with what they read [135, 137, L13]."""
