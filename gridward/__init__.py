"""The client of a Gridward service: ``gridward.Client``."""
