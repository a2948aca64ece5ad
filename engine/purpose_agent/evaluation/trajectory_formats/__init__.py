"""Runs that other programs did, read from the logs that they leave; what a log is, its content tells."""
