"""Programs that stand between the service and callers that cannot speak to it."""
