"""The path form of a request: NAME;key=value;key=value, for clients that append to a URL and cannot carry a query."""

from collections.abc import Sequence

from render.errors import BadRequest, NotFound

Pairs = list[tuple[str, str]]


def split_name(text: str, names: Sequence[str]) -> tuple[str, Pairs]:
    """The volume's name and what is said beside it. BadRequest where that is not key=value.

    A name of a served volume may have a semicolon in it: the longest of `names` that fits is meant.
    """
    fitting = [name for name in names if text == name or text.startswith(name + ";")]
    name = max(fitting, key=len) if fitting else text.partition(";")[0]
    rest = text[len(name) + 1 :]
    pairs = []
    for word in rest.split(";") if rest else []:
        key, equals, value = word.partition("=")
        if not (key and equals):
            raise BadRequest(f"{word!r} after {name!r}: write NAME;key=value;key=value")
        pairs.append((key, value))
    return name, pairs


def split_path(path: str, suffix: str, names: Sequence[str]) -> tuple[str, Pairs, str]:
    """The name, what is said beside it, and the key below, of a path NAME[;key=value...]SUFFIX/KEY.

    Names may hold slashes and even the suffix: the longest of `names` that fits is meant. NotFound where none does.
    """
    marker = suffix + "/"
    ends = [i for i in range(len(path)) if path.startswith(marker, i)]
    for end in reversed(ends):
        name, pairs = split_name(path[:end], names)
        if name in names:
            return name, pairs, path[end + len(marker) :]
    known = ", ".join(names) or "none"
    raise NotFound(f"no volume in {path!r}: write NAME{suffix}/...; there are: {known[:500]}")
