"""The reference city: 39 stations, 351 officers, 244 cells, 113 patrol groups, 110,000 entities, all of it invented."""
