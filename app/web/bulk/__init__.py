"""Add many numbers: a CSV is uploaded, checked row by row, and started when somebody has looked at it."""
