"""The rules for axes, which 0.4 to 0.6 share; pure."""

from render.volume.ngff_rules.finding import Part

COUNT = 'The length of "axes" must be between 2 and 5'
SPACE = (
    'The "axes" MUST contain 2 or 3 entries of "type:space" and MAY contain one additional entry of "type:time" '
    'and MAY contain one additional entry of "type:channel" or a null / custom type.'
)
ORDER = (
    'The entries MUST be ordered by "type" where the "time" axis must come first (if present), followed by the '
    '"channel" or custom axis (if present) and the axes of type "space".'
)
ARRAY = "[The axes MUST contain] only entries of type `array`, or 2 or 3 of type space"
NAME = 'It MUST contain the field "name" that gives the name for this dimension.'
UNIQUE = 'The values MUST be unique across all "name" fields.'
TYPE = 'It SHOULD contain the field "type". It SHOULD be one of "space", "time" or "channel"'
UNIT = 'It SHOULD contain the field "unit" to specify the physical unit of this dimension.'


def check_axes(axes: Part, arrays: bool) -> None:
    """A list of axes; `arrays`: all may be of type "array" instead (0.6)."""
    if not axes.is_list(COUNT):
        return
    if not 2 <= len(axes.listed) <= 5:
        axes.breaks(COUNT, f"there are {len(axes.listed)} axes")
    types = [_check_axis(axis) for axis in axes.items()]
    names = [axis.at("name").value for axis in axes.items()]
    axes.are_unique([name for name in names if isinstance(name, str)], "the name", UNIQUE)
    if arrays and "array" in types:
        if set(types) != {"array"}:
            axes.breaks(ARRAY, f"the types are {', '.join(map(str, types))}")
        return
    others = [kind for kind in types if kind not in ("space", "time")]
    if not 2 <= types.count("space") <= 3 or types.count("time") > 1 or len(others) > 1:
        axes.breaks(SPACE, f"the types are {', '.join(map(str, types)) or 'none'}")
    ranks = [{"time": 0, "space": 2}.get(str(kind), 1) for kind in types]
    if ranks != sorted(ranks):
        axes.breaks(ORDER, f"the types are {', '.join(map(str, types))}")


def _check_axis(axis: Part) -> object:
    """The axis's type; None where it has none."""
    if not axis.is_object(NAME):
        return None
    name = axis.need("name", NAME)
    if name is not None and name.is_text(NAME) and not name.value:
        name.breaks(NAME, "it is empty")
    kind = axis.need("type", TYPE, "note")
    if kind is not None and kind.value is not None:
        kind.is_text(TYPE)
    if axis.has("unit"):
        axis.at("unit").is_text(UNIT)
    elif axis.at("type").value in ("space", "time"):
        axis.breaks(UNIT, "there is no 'unit'", "note")
    for key, fits in (("longName", str), ("discrete", bool)):
        if axis.has(key) and not isinstance(axis.at(key).value, fits):
            axis.at(key).breaks(f"The value [of {key}] MUST be a {fits.__name__}", f"it is {axis.at(key).value!r}")
    return axis.at("type").value
