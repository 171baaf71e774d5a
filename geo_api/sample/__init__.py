"""A seeded generator of a fictional Chinese county: territory, streets, registers, officers, a year of inspections.

Everything is invented; codes start with 99, which no real division has. Same seed, same bytes.
"""
