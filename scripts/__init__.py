"""Starting, checking and filling the portal from the command line."""
