"""Who may do what (policy.py) and who sees what (scope.py). Decided here and nowhere else."""
