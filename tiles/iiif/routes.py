"""IIIF Image API 2.1 and 3.0, level 2: /iiif/2/ID/... and /iiif/3/ID/..., ID being NAME[;key=value...].

Clients know nothing but the ID and make addresses of it, so what is said of the section stands in the ID; info.json
also takes it as a query, and gives the ID that says the same. Slashes of a name are %2F there, as IIIF has it; plain
ones are understood too.
"""

from dataclasses import dataclass
from urllib.parse import quote

import msgspec
import numpy as np
from aiohttp import web

from render.encode import MOST_WEBP, Pixels
from tiles.iiif.address import Image, Limits, Rotation
from tiles.iiif.info import describe, media_type, profile_uri
from tiles.serving import MAX_PIXELS, Look, Made, Serving, Sheet
from tiles.xyz import read_quality

LIMITS = Limits(side=MOST_WEBP, area=MAX_PIXELS)
"""Of the formats, WebP's side is the shortest."""

OWN = ("quality",)

LUMA = np.array([299, 587, 114], np.uint32)
"""Thousandths of red, green and blue in a grey (ITU-R BT.601)."""


@dataclass(frozen=True, slots=True)
class Images:
    """The routes of the IIIF Image API."""

    serving: Serving

    def routes(self) -> list[web.AbstractRouteDef]:
        image = "/iiif/{version:[23]}/{id:.+}"
        wanted = "{region:[^/]+}/{size:[^/]+}/{rotation:[^/]+}/{quality:[^/]+}.{format:[^/.]+}"
        return [
            web.get(f"{image}/info.json", self.describe),
            web.get(f"{image}/{wanted}", self.picture),
            web.get(image, self.redirect),
        ]

    async def redirect(self, request: web.Request) -> web.Response:
        await self.serving.asked(request.match_info["id"], request.query.items(), OWN)
        return web.Response(status=303, headers={"Location": f"{_base(request, 0)}/info.json"})

    async def describe(self, request: web.Request) -> web.Response:
        """info.json."""
        sheet, said = await self.serving.asked(request.match_info["id"], request.query.items(), OWN)
        read_quality(said)
        image = _image(request, sheet)
        document = describe(image, _base(request, 1), sheet.section.plane.pixel, sheet.volume.info.unit)
        made = Made(
            msgspec.json.encode(document),
            media_type(image.version, ",".join(request.headers.getall("Accept", []))),
        )
        tag = self.serving.tag(sheet.volume, "iiif", document, made.media_type)
        response = await self.serving.answer(request, sheet.volume, tag, lambda _: made)
        response.headers.add("Link", f'<{profile_uri(image.version)}>;rel="profile"')
        response.headers["Vary"] = "Accept"
        return response

    async def picture(self, request: web.Request) -> web.Response:
        sheet, said = await self.serving.asked(request.match_info["id"], request.query.items(), OWN)
        image = _image(request, sheet)
        wanted = image.wanted(request.match_info)
        look = Look(
            wanted.ending,
            read_quality(said),
            lambda pixels: finished(pixels, wanted.rotation, wanted.quality),
            f"-{'!' * wanted.rotation.mirrored}{wanted.rotation.quarters}{wanted.quality}",
        )
        patch = image.patch(wanted, sheet.section.plane.pixel)
        response = await self.serving.picture(request, sheet, patch, look)
        canonical = f'<{_base(request, 4)}/{image.canonical(wanted)}>;rel="canonical"'
        response.headers.add("Link", f'{canonical},<{profile_uri(image.version)}>;rel="profile"')
        return response


def _image(request: web.Request, sheet: Sheet) -> Image:
    width, height = sheet.section.plane.pyramid.size()
    return Image(int(request.match_info["version"]), width, height, LIMITS)


def _base(request: web.Request, segments: int) -> str:
    """The address of the image, as it was asked for, without the last `segments` and with the query put into the ID."""
    path = request.rel_url.raw_path.rsplit("/", segments)[0] if segments else request.rel_url.raw_path
    said = "".join(f";{quote(key)}={quote(value, safe=':,')}" for key, value in request.query.items())
    return f"{request.url.origin()}{path}{said}"


def finished(pixels: Pixels, rotation: Rotation, quality: str) -> Pixels:
    """(height, width, 4) uint8 -> mirrored and turned, and in grey, or black and white, where `quality` says so."""
    if rotation.mirrored:
        pixels = pixels[:, ::-1]
    pixels = np.rot90(pixels, -rotation.quarters)
    if quality != "default":
        gray = (pixels[..., :3] @ LUMA + 500) // 1000
        pixels = pixels.copy()
        pixels[..., :3] = (gray if quality == "gray" else np.where(gray >= 128, 255, 0))[..., None]
    return np.ascontiguousarray(pixels)
