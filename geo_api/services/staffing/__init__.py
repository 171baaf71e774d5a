"""Officers, substitutes, departments, patrol groups: checked, proposed, changed."""
