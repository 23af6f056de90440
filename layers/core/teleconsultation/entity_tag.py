"""`ETag` (RFC 9110, section 8.8.3)."""


def entity_tag(version: int) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'
