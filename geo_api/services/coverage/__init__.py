"""Visits due against visits made, of any jurisdiction in any period: one pass over the data, then roll-ups."""
