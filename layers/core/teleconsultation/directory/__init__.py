"""The Directory port: people whom the caller names by an id alone."""
