"""Samples of hot industries: drawn once a year, visited, counted."""
