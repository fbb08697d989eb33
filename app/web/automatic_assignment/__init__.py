"""Automatic Assignment: which licence follows a trial."""
