"""Adapters to carriers. `connect` in `app/carriers/registry.py` finds the one for a platform."""
