"""The Call Center Activity tab."""
