"""The password of a user's Unity client: set by staff, or by the user through a mailed link."""
