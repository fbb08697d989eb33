"""A text leaves: facts are read, a decision is made from them, then the carrier is asked."""
