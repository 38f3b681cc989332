"""The rules for plates and wells; pure."""

import re

from render.volume.ngff_rules.finding import Part

OBJECT = "the plate layout can be found under the `plate` key in the group-level metadata: a dictionary"
LINES = "The `plate` dictionary MUST contain a `{}` key whose value MUST be a list of JSON objects"
NAME = "Each column and row object MUST contain a `name` key whose value is a string specifying the name."
ALPHANUMERIC = "The `name` MUST contain only alphanumeric characters"
DUPLICATE = "The `name` MUST NOT be a duplicate of any other `name` in the list."
WELLS = "The `plate` dictionary MUST contain a `wells` key whose value MUST be a list of JSON objects"
PATH = (
    "Each well object MUST contain a `path` key whose value MUST be a string specifying the path to the well subgroup."
)
PARTS = (
    "The `path` MUST consist of a `name` in the `rows` list, a file separator (`/`), and a `name` from the `columns` "
    "list, in that order. The `path` MUST NOT contain additional leading or trailing directories."
)
INDEX = "Each well object MUST contain both a `rowIndex` and a `columnIndex` key whose value MUST be an integer"
SAME = "The `rowIndex`, `columnIndex`, and `path` MUST all refer to the same row/column pair."
ACQUISITIONS = (
    "an `acquisitions` key whose value MUST be a list of JSON objects defining the acquisitions for a given plate"
)
ID = "Each acquisition object MUST contain an `id` key whose value MUST be an unique integer greater than or equal to 0"
ADVISED = "Each acquisition object SHOULD contain a `{}` key"
FIELDS = "`maximumfieldcount`, whose value MUST be a positive integer"
TIMES = "`starttime` and/or `endtime`, whose values MUST be integer epoch timestamps"
TEXT = "`{}`, whose value MUST be a string"
PLATE_NAME = (
    "The `plate` dictionary SHOULD contain a `name` key whose value MUST be a string defining the name of the plate."
)
FIELD_COUNT = "The `plate` dictionary SHOULD contain a `field_count` key whose value MUST be a positive integer"
VERSION = "The {} dictionary MUST contain a `version` key whose value MUST be a string specifying the version"
IMAGES = "The `well` dictionary MUST contain an `images` key whose value MUST be a list of JSON objects"
FIELD = (
    "Each image object MUST contain a `path` key whose value MUST be a string specifying the path to the field of view."
)
FIELD_UNIQUE = "The `path` MUST NOT be a duplicate of any other `path` in the `images` list."
FIELD_ALPHANUMERIC = "The `path` MUST contain only alphanumeric characters"
FIELD_NODE = (
    "The `path` MUST NOT consist only of periods or start with the reserved prefix `__`; MUST NOT be an empty string; "
    "MUST only use characters in the sets `a-z`, `A-Z`, `0-9`, `-`, `_`, `.`."
)
ACQUISITION = "an `acquisition` key whose value MUST be an integer identifying the acquisition"


def check_plate(plate: Part, rules: str) -> None:
    """`plate` under the rules of "0.4", "0.5" or "0.6"."""
    if not plate.is_object(OBJECT):
        return
    if rules == "0.4":
        plate.need("version", VERSION.format("`plate`"), "should")
    columns, rows = (_check_lines(plate, key) for key in ("columns", "rows"))
    wells = plate.need("wells", WELLS)
    if wells is not None and wells.is_list(WELLS, 1):
        for well in wells.items():
            if well.is_object(WELLS):
                _check_well_entry(well, rows, columns, rules)
        paths = [well.at("path").value for well in wells.items()]
        wells.are_unique(
            [path for path in paths if isinstance(path, str)], "the well", "uniqueItems of the plate schema"
        )
    name = plate.need("name", PLATE_NAME, "should")
    if name is not None:
        name.is_text(PLATE_NAME)
    field_count = plate.need("field_count", FIELD_COUNT, "note")
    if field_count is not None:
        field_count.is_integer(FIELD_COUNT, 1)
    if plate.has("acquisitions"):
        _check_acquisitions(plate.at("acquisitions"))


def check_well(well: Part, rules: str) -> None:
    """`well` under the rules of "0.4", "0.5" or "0.6"."""
    if not well.is_object(IMAGES):
        return
    if rules == "0.4":
        well.need("version", "The `well` dictionary SHOULD contain a `version` key", "should")
    images = well.need("images", IMAGES)
    if images is None or not images.is_list(IMAGES, 1):
        return
    for image in images.items():
        if image.is_object(IMAGES):
            _check_field(image, rules)
    paths = [image.at("path").value for image in images.items()]
    images.are_unique([path for path in paths if isinstance(path, str)], "the path", FIELD_UNIQUE)


def _check_field(image: Part, rules: str) -> None:
    path = image.need("path", FIELD)
    if path is not None and path.is_text(FIELD):
        text = str(path.value)
        if rules == "0.6":
            if not re.fullmatch(r"(?!\.+$)(?!__)[A-Za-z0-9_.-]+", text):
                path.breaks(FIELD_NODE, f"it is {text!r}")
        elif not re.fullmatch(r"[A-Za-z0-9]+", text):
            path.breaks(FIELD_ALPHANUMERIC, f"it is {text!r}")
    if image.has("acquisition"):
        image.at("acquisition").is_integer(ACQUISITION)


def _check_lines(plate: Part, key: str) -> list[object]:
    """The names of the columns or rows."""
    rule = LINES.format(key)
    lines = plate.need(key, rule)
    if lines is None or not lines.is_list(rule, 1):
        return []
    for line in lines.items():
        name = line.need("name", NAME) if line.is_object(rule) else None
        if name is not None and name.is_text(NAME) and not re.fullmatch(r"[A-Za-z0-9]+", str(name.value)):
            name.breaks(ALPHANUMERIC, f"it is {name.value!r}")
    names = [line.at("name").value for line in lines.items()]
    lines.are_unique([name for name in names if isinstance(name, str)], "the name", DUPLICATE)
    return names


def _check_well_entry(well: Part, rows: list[object], columns: list[object], rules: str) -> None:
    path = well.need("path", PATH)
    row, column = (_index(well, key, lines) for key, lines in (("rowIndex", rows), ("columnIndex", columns)))
    if path is None or not path.is_text(PATH):
        return
    text = str(path.value)
    if not re.fullmatch(r"[A-Za-z0-9]+/[A-Za-z0-9]+", text):
        path.breaks(PARTS, f"it is {text!r}")
    elif row is not None and column is not None and text != f"{rows[row]}/{columns[column]}":
        # Cases that 0.4 and 0.6 call valid have the column first; only 0.5 has the case that says it is not.
        swapped = text == f"{columns[column]}/{rows[row]}" and rules != "0.5"
        path.breaks(
            PARTS if swapped else SAME,
            f"it is {text!r}, and row {row} and column {column} are {rows[row]!r} and {columns[column]!r}",
            "note" if swapped else "must",
        )


def _index(well: Part, key: str, lines: list[object]) -> int | None:
    """The index under `key`, where it is one of `lines`."""
    index = well.need(key, INDEX)
    if index is None or not index.is_integer(INDEX, 0) or not isinstance(index.value, int | float):
        return None
    number = int(index.value)
    if number >= len(lines):
        index.breaks(INDEX, f"it is {number}, and there are {len(lines)}")
        return None
    return number


def _check_acquisitions(acquisitions: Part) -> None:
    if not acquisitions.is_list(ACQUISITIONS):
        return
    for acquisition in acquisitions.items():
        if not acquisition.is_object(ACQUISITIONS):
            continue
        identifier = acquisition.need("id", ID)
        if identifier is not None:
            identifier.is_integer(ID, 0)
        for key in ("name", "maximumfieldcount"):
            acquisition.need(key, ADVISED.format(key), "should")
        for key, rule, least in (("maximumfieldcount", FIELDS, 1), ("starttime", TIMES, 0), ("endtime", TIMES, 0)):
            if acquisition.has(key):
                acquisition.at(key).is_integer(rule, least)
        for key in ("name", "description"):
            if acquisition.has(key):
                acquisition.at(key).is_text(TEXT.format(key))
    ids = [acquisition.at("id").value for acquisition in acquisitions.items() if acquisition.has("id")]
    acquisitions.are_unique([value for value in ids if isinstance(value, int | float)], "the id", ID)
