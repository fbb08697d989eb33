"""How fast pages are with many rows. Never part of the product."""
