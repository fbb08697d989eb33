"""CPaaS Numbers: the list at every level, the page of one number, and adding one to a user."""
