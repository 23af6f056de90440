"""What the adapters share: reading a person from a directory's document, and asking for several at once."""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from teleconsultation.domain.language import language_tag
from teleconsultation.domain.people import DirectoryEntry
from teleconsultation.domain.texts import MAX_NAME_LENGTH, is_external_id, is_name

PARALLEL_REQUESTS = 8
"""People asked for at once: a full room of 25 takes four rounds instead of 25."""


def read_entry(
    *, external_id: object, full_name: object, groups: object, language: object
) -> DirectoryEntry | None:
    """Return a person, or None if the id or the name is none that a caller could send.

    Groups that are no names are left out, and so is a language that is no tag.
    """
    if not isinstance(external_id, str) or not is_external_id(external_id):
        return None
    name = full_name.strip() if isinstance(full_name, str) else ""
    if not is_name(name, max_length=MAX_NAME_LENGTH):
        return None
    return DirectoryEntry(
        external_id=external_id,
        full_name=name,
        groups=tuple(
            group
            for group in (groups if isinstance(groups, list) else ())
            if isinstance(group, str) and is_name(group, max_length=MAX_NAME_LENGTH)
        ),
        language=language_tag(language) if isinstance(language, str) else None,
    )


def asked_for_each(
    ids: Collection[str], *, ask: Callable[[str], DirectoryEntry | None]
) -> Mapping[str, DirectoryEntry]:
    """Return the answers for these ids, without the ids that have none; the first error ends it."""
    wanted = tuple(dict.fromkeys(ids))
    with ThreadPoolExecutor(max_workers=PARALLEL_REQUESTS) as pool:
        answers: Iterable[DirectoryEntry | None] = pool.map(ask, wanted)
        return {one: entry for one, entry in zip(wanted, answers, strict=True) if entry is not None}
