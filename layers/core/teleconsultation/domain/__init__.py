"""Records, rules and ports; imports nothing but the standard library."""
