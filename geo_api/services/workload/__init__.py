"""Workload: visits, minutes and ways of every entity, explained; the staff that it takes."""
