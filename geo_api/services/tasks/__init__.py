"""Tasks: hotline cases and campaigns become work of the officers of each address's cell."""
