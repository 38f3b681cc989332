"""Labels, plates and wells: 9, 31 and 6 cases of 0.4, the same but for versions in 0.5 and 0.6."""

from typing import Any

from tests.ngff.cases import Case, Json, replaced, root, under, without

COLOR = {"label-value": 1, "rgba": [0, 0, 0, 0]}
EMPTY = "refused: holds none"


def group_cases(version: str) -> list[Case]:
    """All of them in one version."""
    return [*_labels(version), *_plates(version), *_wells(version)]


def _labels(version: str) -> list[Case]:
    at = f"{root(version)}.image-label"

    def case(name: str, label: Json, wrong: str = "", strict: bool = False) -> Case:
        kind = "strict/label" if strict else "label"
        return Case(f"{version}/{kind}/{name}", under(version, **{"image-label": label}), wrong, strict=strict)

    cases = [
        case("minimal", {"colors": [COLOR]}),
        case("minimal_properties", {"colors": [COLOR], "properties": [{"label-value": 1}]}),
        case("empty_colors", {"colors": []}, f"{at}.colors"),
        case("empty_properties", {"properties": []}, f"{at}.properties"),
        case("colors_no_label_value", {"colors": [{"rgba": [0, 0, 0, 0]}]}, f"{at}.colors[0]"),
        case("properties_no_label_value", {"properties": [{"value": "foo"}]}, f"{at}.properties[0]"),
        case("colors_rgba_length", {"colors": [COLOR | {"rgba": [0, 0, 0]}]}, f"{at}.colors[0].rgba"),
        case("colors_rgba_type", {"colors": [COLOR | {"rgba": [0, 0, 0, 500]}]}, f"{at}.colors[0].rgba[3]"),
        case("colors_duplicate", {"colors": [COLOR, COLOR]}, f"{at}.colors"),
        case("no_colors", {"version": "0.4"} if version == "0.4" else {}, at, strict=True),
    ]
    return [*cases, case("no_version", {"colors": [COLOR]}, at, strict=True)] if version == "0.4" else cases


def _plates(version: str) -> list[Case]:
    at = f"{root(version)}.plate"
    # Its own valid cases call the column first in 0.4 and 0.6; in 0.5 that is the case well_path_has_column_before_row.
    column, row = ("1", "A") if version == "0.5" else ("A", "1")
    plain: Json = {
        "columns": [{"name": column}],
        "rows": [{"name": row}],
        "wells": [{"path": "A/1", "rowIndex": 0, "columnIndex": 0}],
    }

    def case(name: str, plate: Json, wrong: str = "", reads: str = "read") -> Case:
        return Case(f"{version}/plate/{name}", under(version, plate=plate), wrong, reads)

    def acquisition(name: str, wrong: str, **entry: Any) -> Case:
        return case(name, plain | {"acquisitions": [entry]}, f"{at}.acquisitions[0]{wrong}")

    well, wells = ("wells", 0), f"{at}.wells[0]"
    cases = [
        case("minimal_no_acquisitions", plain),
        case("minimal_acquisitions", plain | {"acquisitions": [{"id": 0}]}),
        case("missing_rows", without(plain, "rows"), at),
        case("empty_rows", plain | {"rows": []}, f"{at}.rows"),
        case("duplicate_rows", plain | {"rows": plain["rows"] * 2}, f"{at}.rows"),
        case("missing_columns", without(plain, "columns"), at),
        case("empty_columns", plain | {"columns": []}, f"{at}.columns"),
        case("duplicate_columns", plain | {"columns": plain["columns"] * 2}, f"{at}.columns"),
        case("missing_wells", without(plain, "wells"), at, EMPTY),
        case("empty_wells", plain | {"wells": {}}, f"{at}.wells", EMPTY),
        case("duplicate_wells", plain | {"wells": plain["wells"] * 2}, f"{at}.wells"),
        case("missing_column_name", plain | {"columns": [{"concentration": 10}]}, f"{at}.columns[0]"),
        case("missing_row_name", plain | {"rows": [{"concentration": 10}]}, f"{at}.rows[0]"),
        case("missing_well_path", without(plain, *well, "path"), wells, EMPTY),
        case("missing_well_rowIndex", without(plain, *well, "rowIndex"), wells),
        case("missing_well_columnIndex", without(plain, *well, "columnIndex"), wells),
        case("well_1group", plain | {"wells": [{"path": "A1", "rowIndex": 0}]}, f"{wells}.path"),
        case("well_3groups", plain | {"wells": [{"path": "plate/A/1", "rowIndex": 0}]}, f"{wells}.path"),
        case(
            "non_alphanumeric_column",
            plain | {"columns": [{"name": "A-1"}], "wells": [plain["wells"][0] | {"path": "A-1/1"}]},
            f"{at}.columns[0].name",
        ),
        case(
            "non_alphanumeric_row",
            plain
            | {
                "rows": [{"name": "A1"}],
                "wells": [plain["wells"][0] | {"path": "A1/1" if version == "0.5" else "A/A1"}],
            },
        ),
        acquisition("missing_acquisition_id", "", maximumfieldcount=1),
        acquisition("non_integer_acquisition_id", ".id", id="0"),
        acquisition("negative_acquisition_id", ".id", id=-1),
        acquisition("non_integer_acquisition_maximumfieldcount", ".maximumfieldcount", id=0, maximumfieldcount="0"),
        acquisition("acquisition_zero_maximumfieldcount", ".maximumfieldcount", id=0, maximumfieldcount=0),
        acquisition("acquisition_noninteger_starttime", ".starttime", id=0, starttime="2022-05-13T13:48:06+00:00"),
        acquisition("acquisition_negative_starttime", ".starttime", id=0, starttime=-1),
        acquisition("acquisition_noninteger_endtime", ".endtime", id=0, endtime="2022-05-13T13:48:06+00:00"),
        acquisition("negative_endtime", ".endtime", id=0, endtime=-1),
        case("zero_field_count", plain | {"field_count": 0}, f"{at}.field_count"),
    ]
    if version == "0.4":
        cases.append(case("invalid_version", plain | {"version": "foo"}, f"{at}.version"))
    if version == "0.5":
        cases.append(case("well_path_has_column_before_row", replaced(plain, "1/A", *well, "path"), f"{wells}.path"))
    return cases + _strict_plates(version, plain)


def _strict_plates(version: str, plain: Json) -> list[Case]:
    named = plain | {"name": "test plate"} | ({"version": "0.4"} if version == "0.4" else {})
    at = f"{root(version)}.plate"
    acquired = named | {"acquisitions": [{"id": 0, "name": "0", "maximumfieldcount": 1}]}

    def case(name: str, plate: Json, wrong: str = "") -> Case:
        return Case(f"{version}/strict/plate/{name}", under(version, plate=plate), wrong, strict=True)

    cases = [
        case("strict_no_acquisitions", named),
        case("strict_acquisitions", acquired),
        case("missing_name", without(named, "name"), at),
        case("missing_acquisition_name", without(acquired, "acquisitions", 0, "name"), f"{at}.acquisitions[0]"),
        case(
            "missing_acquisition_maximumfieldcount",
            without(acquired, "acquisitions", 0, "maximumfieldcount"),
            f"{at}.acquisitions[0]",
        ),
    ]
    return [*cases, case("missing_version", without(named, "version"), at)] if version == "0.4" else cases


def _wells(version: str) -> list[Case]:
    at = f"{root(version)}.well"

    def case(name: str, images: list[Json], wrong: str = "", reads: str = "read", **more: str) -> Case:
        return Case(f"{version}/well/{name}", under(version, well={"images": images, **more}), wrong, reads)

    cases = [
        case("minimal_no_acquisition", [{"path": "0"}]),
        case("minimal_acquisitions", [{"path": "0", "acquisition": 1}]),
        case("empty_images", [], f"{at}.images", EMPTY),
        case("duplicate_images", [{"path": "0"}] * 2, f"{at}.images"),
        case("non_integer_acquisition_id", [{"path": "0", "acquisition": "0"}], f"{at}.images[0].acquisition"),
    ]
    own = {"version": "0.4"} if version == "0.4" else {}
    named = under(version, well={"images": [{"path": "0"}], **own})
    acquired = under(version, well={"images": [{"path": "0", "acquisition": 0}], **own})
    cases += [
        Case(f"{version}/strict/well/strict_no_acquisitions", named, strict=True),
        Case(f"{version}/strict/well/strict_acquisitions", acquired, strict=True),
    ]
    if version == "0.4":
        cases += [
            case("invalid_version", [{"path": "0"}], f"{at}.version", version="foo"),
            Case("0.4/strict/well/missing_version", without(named, "well", "version"), at, strict=True),
        ]
    if version == "0.6rc0":
        names = {"1": "", "2": "..", "3": "__something", "4": "a/b"}
        cases += [
            case("minimal_path_special_char", [{"path": "0_a-b.image"}]),
            *(
                case(f"forbidden_path_{n}", [{"path": path}], f"{at}.images[0].path", "read" if n in "34" else EMPTY)
                for n, path in names.items()
            ),
            Case("0.6rc0/well/without ome", {"well": {"images": []}}, "$.well.images", EMPTY),
        ]
    return cases
