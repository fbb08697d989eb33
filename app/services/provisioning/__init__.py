"""Platforms, and numbers from wish to end."""
