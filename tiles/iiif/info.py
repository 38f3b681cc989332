"""The documents that describe an image to clients of the IIIF Image API, and in which form they are sent; pure."""

from render.encode import ENCODERS
from render.volume.axes import METRES
from tiles.iiif.address import QUALITIES, TILE, Image
from tiles.pyramid import Pyramid

Document = dict[str, object]

SMALLEST = 128
"""Pixels along the longer side of the smallest size that is offered, or fewer: what a list of images shows."""

EXTRA_FEATURES = ("mirroring", "canonicalLinkHeader", "profileLinkHeader")
"""What level 2 of neither version has."""

LD_JSON, JSON = "application/ld+json", "application/json"


def profile_uri(version: int) -> str:
    return f"http://iiif.io/api/image/{version}/level2.json"


def describe(image: Image, base: str, pixel: float, unit: str) -> Document:
    """info.json of the image at the address `base`, whose pixels are `pixel` wide in the unit of that name."""
    context = {"@context": f"http://iiif.io/api/image/{image.version}/context.json"}
    common: Document = {
        "protocol": "http://iiif.io/api/image",
        "width": image.width,
        "height": image.height,
        "sizes": _sizes(image),
        "tiles": [{"width": TILE, "height": TILE, "scaleFactors": _factors(image, TILE)}],
    }
    limits: Document = {
        "maxWidth": image.limits.side,
        "maxHeight": image.limits.side,
        "maxArea": image.limits.area,
    }
    formats = [ending for ending in ENCODERS if ending not in ("jpg", "png")]
    qualities = [quality for quality in QUALITIES if quality != "default"]
    scale = _physical_scale(pixel, unit)
    if image.version == 2:
        supports = ["regionSquare", "sizeAboveFull", *EXTRA_FEATURES]
        more: Document = {"formats": formats, "qualities": qualities, "supports": supports, **limits}
        own: Document = {"@id": base, **common, "profile": [profile_uri(2), more]}
        return context | own | ({"service": scale} if scale else {})
    own = {"id": base, "type": "ImageService3", **common, "profile": "level2", **limits}
    own |= {"extraFormats": formats, "extraQualities": qualities, "extraFeatures": ["sizeUpscaling", *EXTRA_FEATURES]}
    # Specification 5.8: of a service "each object MUST have either the id and type properties, or @id and @type".
    identity = {"@id": f"{base}/info.json#scale", "@type": "PhysicalDimensions"}
    return context | own | ({"service": [scale | identity]} if scale else {})


def _factors(image: Image, tile: int) -> list[int]:
    """The powers of two by which the image is reduced, until it is one tile."""
    last = Pyramid((image.width, image.height), 1).max_zoom(tile)
    return [2**n for n in range(last + 1)]


def _sizes(image: Image) -> list[dict[str, int]]:
    """The whole image at every reduction that may be asked for, the smallest first.

    Specification 5.2: "Servers MUST ensure that sizes specified by any sizes or tiles properties are within any size
    limits expressed".
    """
    sizes = [(-(-image.width // factor), -(-image.height // factor)) for factor in _factors(image, SMALLEST)]
    side, area = image.limits.side, image.limits.area
    fitting = [(width, height) for width, height in sizes if max(width, height) <= side and width * height <= area]
    return [{"width": width, "height": height} for width, height in reversed(fitting)]


def _physical_scale(pixel: float, unit: str) -> Document:
    """IIIF's service of physical dimensions, which knows mm, cm and inches; nothing where the unit is no length."""
    if unit not in METRES:
        return {}
    return {
        "@context": "http://iiif.io/api/annex/services/physdim/1/context.json",
        "profile": "http://iiif.io/api/annex/services/physdim",
        "physicalScale": pixel * METRES[unit] * 1000,
        "physicalUnits": "mm",
    }


def media_type(version: int, accept: str) -> str:
    """The type in which info.json is sent to a client that says `accept` (empty: nothing).

    Specification 3.0, 5.1: without Accept it "SHOULD have the value application/ld+json with the profile parameter
    given as the context document"; 2.1, 5.1: "If the client explicitly wants the JSON-LD content-type, then it MUST
    specify this in an Accept header, otherwise the server MUST return the regular JSON content-type".
    """
    weights = _weights(accept or "*/*")
    wildcard = max(weights.get("application/*", 0.0), weights.get("*/*", 0.0))
    linked, plain = weights.get(LD_JSON, wildcard), weights.get(JSON, wildcard)
    if version == 2:
        return LD_JSON if LD_JSON in weights and linked >= plain and linked > 0 else JSON
    return f'{LD_JSON};profile="http://iiif.io/api/image/3/context.json"' if linked >= plain else JSON


def _weights(accept: str) -> dict[str, float]:
    """Media type -> q of an Accept header (RFC 9110 12.5.1); what is no number counts as 1."""
    weights = {}
    for one in accept.split(","):
        name, *parameters = (part.strip().lower() for part in one.split(";"))
        weights[name] = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q" and value.strip().replace(".", "", 1).isdecimal():
                weights[name] = float(value)
    return weights
