"""The CPaaS platforms of a provider: reached from its Details tab."""
