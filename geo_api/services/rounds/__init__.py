"""Rounds: what is due for an officer in a week or a month, cut into days, each day's way in a sensible order."""
