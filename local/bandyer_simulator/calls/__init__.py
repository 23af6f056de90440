"""The page behind an access link, and the signalling of its calls."""
