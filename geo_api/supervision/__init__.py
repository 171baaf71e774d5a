"""The domain of grid supervision: rules and values, standard library only."""
