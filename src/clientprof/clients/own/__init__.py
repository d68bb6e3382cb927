"""Client code of our own. It is measured, so it counts as a package and not as an instrument."""
