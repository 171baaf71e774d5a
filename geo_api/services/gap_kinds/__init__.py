"""Finders of coverage gaps, one kind of thing a file; ``geo_api.services.gaps`` puts them together."""
