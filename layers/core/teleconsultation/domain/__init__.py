"""Records, rules and the two ports; the standard library alone."""
