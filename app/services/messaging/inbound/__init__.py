"""A text arrives: facts are read, a decision is made from them, its effects are written."""
