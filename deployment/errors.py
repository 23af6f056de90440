"""What can go wrong on the way, each with a text of one line that says what to do."""


class DeploymentError(Exception):
    """The deployment stopped; the text says why, and what to do."""
