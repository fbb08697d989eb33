"""License Details: the licences of a user, and of everybody below a place (D28)."""
