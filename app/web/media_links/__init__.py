"""Attachment links: open to whoever has one (D16)."""
