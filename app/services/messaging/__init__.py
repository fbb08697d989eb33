"""Texts, in and out, and the consents around them."""
