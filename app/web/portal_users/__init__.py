"""Portal User Accounts: who signs in at a node, and who is mailed about what."""
