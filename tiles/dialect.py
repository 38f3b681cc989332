"""Text -> what is wanted of a plane: the one dialect of all tile routes, and the only parser of it."""

from collections.abc import Iterable

from tiles.section import SectionIntent


def read_section(pairs: Iterable[tuple[str, str]]) -> SectionIntent:
    """The SectionIntent that (name, text) pairs spell. BadRequest says which is unknown or wrong."""
    assert not list(pairs)
    return SectionIntent()
