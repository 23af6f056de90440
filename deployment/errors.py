"""The error of a deployment."""


class DeploymentError(Exception):
    """The deployment failed; the text is one line with the cause and the remedy."""
