"""Server Hostnames: by which names a provider's people reach the portal."""
