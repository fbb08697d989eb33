"""Files of texts, at the edge: where the bytes are, what they are, how strangers' are fetched. No tables."""
