"""The web Unity client at /unity/: a user's messages in a browser, over the same services as the client API."""
