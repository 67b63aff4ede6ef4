"""Paceline: run commands over SSH on whole network fleets, at a pace the operator chooses."""

__version__ = "0.1.0"
