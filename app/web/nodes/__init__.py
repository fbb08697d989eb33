"""The tree itself: what a node is (details.py), and what is below it (below.py)."""
