"""Documents that are printed and signed: what is in them, apart from how they look."""
