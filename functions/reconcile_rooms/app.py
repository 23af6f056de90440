"""Placeholder: the reconciler's own code comes from another branch."""

from teleconsultation.observability import logger


def lambda_handler(event: dict[str, object], context: object) -> None:  # noqa: ARG001 - Lambda's signature
    """Do nothing yet."""
    logger.info("nothing to reconcile")
