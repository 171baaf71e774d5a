"""Reports: scores and coverage of a period, issued once, the same figures for ever."""
