"""Branding: name, logo and colour of a place, and the files that pages load for them."""
