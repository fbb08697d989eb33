"""What was refused, to whom, from where, how often; and who is told when it is much."""
