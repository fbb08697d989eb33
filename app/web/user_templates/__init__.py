"""User Templates: what a new user starts with."""
