"""What a provider says to people by itself, and how long their texts are kept."""
