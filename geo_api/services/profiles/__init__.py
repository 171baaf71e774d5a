"""Profiles: the local rules of a bureau, set from a day on, shown as they were."""
