"""The History Log: what was done at a node and below."""
