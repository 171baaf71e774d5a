"""Assessment (rule 14): scores of cells, officers, stations and bureaus, taken apart to their records."""
