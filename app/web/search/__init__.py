"""The search in the sidebar: nodes and numbers in the own tree."""
