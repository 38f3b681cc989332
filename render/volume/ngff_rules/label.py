"""The rules for `image-label` and for the group `labels`; pure."""

from render.volume.ngff_rules.finding import Part

OBJECT = "The `image-label` object stores information about the display colors, source image, and further properties"
COLORS = "`image-label` SHOULD contain a `colors` key, whose value MUST be a JSON array describing color information"
VALUE = (
    "Each of these objects MUST contain the `label-value` key, whose value MUST be the integer of a particular label."
)
RGBA = "an `rgba` key whose value MUST be an array of four integers between 0 and 255, inclusive."
PROPERTIES = "the value of the `properties` key MUST be an array of JSON objects describing the set of pixel values."
SOURCE = "The value of the `source` key MUST be a JSON object containing information about the original image"
IMAGE = "`image`, whose value MUST be a string specifying the relative path to a Zarr image group."
MULTISCALES = "The `zarr.json` file for the label image MUST implement the multiscales specification."
VERSION = "`image-label` SHOULD contain a `version` key, whose value MUST be a string specifying the version"
LABELS = "a JSON object with the key `labels`, whose value is a JSON array of paths to the labeled multiscale image(s)."


def check_label(label: Part, document: Part, rules: str) -> None:
    """`image-label` of `document`."""
    if not document.has("multiscales"):
        # The valid cases of every version have image-label alone: it is an error only in a store, where a reader looks.
        document.breaks(MULTISCALES, "there is no 'multiscales' beside 'image-label'", "note")
    if not label.is_object(OBJECT):
        return
    if rules == "0.4":
        label.need("version", VERSION, "should")
    colors = label.need("colors", COLORS, "should")
    if colors is not None:
        _check_entries(colors, COLORS)
        for color in colors.items():
            if color.has("rgba"):
                _check_rgba(color.at("rgba"))
    if label.has("properties"):
        _check_entries(label.at("properties"), PROPERTIES)
    if label.has("source") and label.at("source").is_object(SOURCE) and label.at("source").has("image"):
        label.at("source").at("image").is_text(IMAGE)


def check_labels(labels: Part) -> None:
    """The list of label images below an image."""
    if labels.is_list(LABELS):
        for path in labels.items():
            path.is_text(LABELS)


def _check_entries(entries: Part, rule: str) -> None:
    if not entries.is_list(rule, 1):
        return
    for entry in entries.items():
        if entry.is_object(rule):
            value = entry.need("label-value", VALUE)
            if value is not None:
                value.is_integer(VALUE)
    known = [entry.at("label-value").value for entry in entries.items() if entry.has("label-value")]
    entries.are_unique([value for value in known if isinstance(value, int | float)], "the label-value", rule)


def _check_rgba(rgba: Part) -> None:
    if not rgba.is_list(RGBA):
        return
    if len(rgba.listed) != 4:
        rgba.breaks(RGBA, f"it has {len(rgba.listed)} numbers")
    for number in rgba.items():
        if number.is_integer(RGBA, 0) and number.value not in range(256):
            number.breaks(RGBA, f"it is {number.value}")
