"""The tree, the people in it, and how they sign in."""
