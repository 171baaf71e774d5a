"""Visits, due lists and credit classes in the database."""
