"""The web Unity client at /unity/: a user's messages in a browser, over the services of the client API."""
