"""The history: what was done, by whom, to what."""
