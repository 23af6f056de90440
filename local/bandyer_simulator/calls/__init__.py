"""The page of an access link, and the signalling of calls."""
