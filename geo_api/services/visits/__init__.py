"""Visits made, what is due, and the classes that follow from the record."""
