"""The Carrier Calls tab: texts for numbers that nobody holds, and calls that were refused."""
