"""Messages: who texted whom, when, and what became of it; never words or pictures (D29)."""
