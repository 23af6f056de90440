"""The error of a move."""


class MigrationError(Exception):
    """The command cannot go on; the text is one line with the cause and the remedy, without personal data."""
