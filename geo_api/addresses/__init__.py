"""Addresses as values: normalised, parsed, compared, judged. Pure: no files, database, web, settings or clock."""
