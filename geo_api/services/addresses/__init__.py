"""Address -> place -> cell: the gazetteer in memory, matching, interpolation, the verdict and its measures."""
