"""Signing in and out, and the one-time links that set a password."""
