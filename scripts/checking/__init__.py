"""The parts behind `make test`."""
