"""Who is mailed about what."""
