"""My account: what everybody who signs in sees and changes about themselves."""
