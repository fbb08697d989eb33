"""Texts both ways while everything that serves them is killed at random: `make chaos`."""
