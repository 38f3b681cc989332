"""A link that opens a volume in Neuroglancer with its channels and labels, where they are in the world."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from aiohttp import web

from render.colormap import parse_color
from render.geometry import Vec3, subtract, to_world
from render.intent import ChannelIntent, Intent, make_visible
from render.scene import MAX_CHANNELS, Channel
from render.volume.info import VolumeInfo
from render.volume.volume import Volume
from tiles.names import Pairs
from tiles.precomputed.lattice import nanometres, neat
from tiles.precomputed.routes import Layer, image_layer, label_layer
from tiles.precomputed.segmentation import segment_colors
from tiles.request import take
from tiles.serving import TOKEN, Made, Serving
from tiles.work import Job

LONGEST_LINK = 6000
"""Characters of a state in a Location: proxies keep 8 KiB for all headers. Longer ones are fetched by the client."""

PANEL = 320
"""Pixels that the longest side of a volume gets: a quarter of a laptop's screen is 640 x 360."""

WHOLE = {"uint8": (0, 2**8 - 1), "int8": (-(2**7), 2**7 - 1), "uint16": (0, 2**16 - 1), "int16": (-(2**15), 2**15 - 1)}
WHOLE |= {"uint32": (0, 2**32 - 1), "int32": (-(2**31), 2**31 - 1), "uint64": (0, 2**64 - 1)}
"""Types whose windows Neuroglancer wants in whole numbers that they hold."""


@dataclass(frozen=True, slots=True)
class Links:
    """The route of links; `client` is the URL of the Neuroglancer that they open."""

    serving: Serving
    client: str

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.get("/neuroglancer/{name:.+}", self.link)]

    async def link(self, request: web.Request) -> web.Response:
        """To the client with the state in its address; with `json` in the query the state itself."""
        own, query = take(request.query.items(), ("json",))
        name, said = self.serving.named(request.match_info["name"])
        pairs = [*said, *query]
        volume = await self.serving.volume(name)
        token = request.get(TOKEN, "")
        base = f"{request.url.origin()}/precomputed/{quote(name)}"

        def make(_: Job) -> Made:
            return Made(msgspec.json.encode(make_state(volume, pairs, base, token)), "application/json")

        tag = self.serving.tag(volume, "neuroglancer", base, token, pairs)
        answer = await self.serving.answer(request, volume, tag, make)
        if "json" in own or answer.status != 200:
            return answer
        assert isinstance(answer.body, bytes)
        state = quote(answer.body.decode(), safe="{}:,/[]=;")
        if len(state) > LONGEST_LINK:
            state = str(request.url.update_query({"json": ""} | ({"token": token} if token else {})))
        return web.Response(status=303, headers={"Location": f"{self.client}#!{state}"})


def make_state(volume: Volume, pairs: Pairs, base: str, token: str = "") -> dict[str, object]:
    """The state of Neuroglancer that shows `volume`, whose precomputed form is at `base`.

    One voxel of the finest level is 1 in Neuroglancer's coordinates, and 0 is the world's.
    """
    info = volume.info
    said, _ = take(pairs, ("t",))
    image = image_layer(volume, pairs)
    when = f";t={said['t']}" if "t" in said else ""
    sides = to_world(info.levels[0].spacing)
    beside = "".join(f";{key}={quote(value)}" for key, value in pairs)
    layers = [_image_entry(volume, image, _address(f"{base}{beside}", token))]
    for label in info.labels:
        layer = label_layer(volume, label, [("t", said["t"])] if said else [])
        address = _address(f"{base}/labels/{quote(label)}{when}", token)
        layers.append(_label_entry(info, layer, label, address))
    extent, least = info.bounds.extent, min(sides)
    return {
        "title": info.name,
        "dimensions": _dimensions(info),
        "position": [neat(c / side) for c, side in zip(info.bounds.center, sides, strict=True)],
        "crossSectionScale": neat(max(extent) / least / PANEL),
        "projectionScale": neat(1.2 * info.bounds.diagonal / least),
        "layers": layers,
        "layout": "4panel",
    }


def make_shader(info: VolumeInfo, channels: Sequence[Channel], layer: Layer) -> str:
    """Adds up `channels` in their colours; each has its window, its colour and whether it is shown among the controls.

    Of `layer`, which may have some of the volume's channels only.
    """
    controls, terms = [], []
    for channel in channels:
        label = re.sub(r"[^A-Za-z0-9]+", "_", info.channels[channel.index].label)[:24]
        # Two underscores together are GLSL's own.
        name = f"c{channel.index}_{label.strip('_')}".rstrip("_")
        low, high = _range(channel, layer)
        if channel.transfer.inverted:
            low, high = high, low
        place = f", channel={layer.channels.index(channel.index)}" if len(layer.channels) > 1 else ""
        color = "#" + "".join(f"{round(255 * part):02x}" for part in parse_color(str(channel.transfer.colormap))[:3])
        shown = str(len(layer.channels) == 1 or info.channels[channel.index].active).lower()
        controls += [
            f"#uicontrol invlerp {name}(range=[{low}, {high}]{place})",
            f'#uicontrol vec3 {name}_color color(default="{color}")',
            f"#uicontrol bool {name}_shown checkbox(default={shown})",
        ]
        terms.append(f"  if ({name}_shown) rgb += {name}() * {name}_color;")
    body = ["void main() {", "  vec3 rgb = vec3(0.0);", *terms, "  emitRGB(rgb);", "}"]
    return "\n".join([*controls, *body])


def _image_entry(volume: Volume, layer: Layer, address: str) -> dict[str, object]:
    info = volume.info
    shown = layer.channels
    if len(shown) > MAX_CHANNELS:
        active = [channel for channel in shown if info.channels[channel].active]
        shown = tuple((active or shown)[:MAX_CHANNELS])
    intent = Intent(mode="slice", time=layer.time, channels=tuple(ChannelIntent(channel) for channel in shown))
    return {
        "type": "image",
        "name": info.name,
        "source": _source(info, layer, address),
        "shader": make_shader(info, make_visible(intent, info, volume.statistics), layer),
        "opacity": 1,
        "tab": "rendering",
    }


def _label_entry(info: VolumeInfo, layer: Layer, label: str, address: str) -> dict[str, object]:
    assert layer.labels is not None
    return {
        "type": "segmentation",
        # Neuroglancer wants names that differ.
        "name": label if label != info.name else f"{label} labels",
        "source": _source(info, layer, address),
        "segmentColors": segment_colors(layer.labels),
        "tab": "segments",
    }


def _address(url: str, token: str) -> str:
    """What Neuroglancer calls a precomputed volume. All of them know the short form; a query needs that of 2025, and is
    kept for all that is fetched below.
    """
    return f"{url}/?token={quote(token)}|neuroglancer-precomputed:" if token else f"precomputed://{url}"


def _source(info: VolumeInfo, layer: Layer, address: str) -> dict[str, object]:
    """The address of a layer, and from its voxels' numbers to the world: what a whole voxel_offset leaves, and turns.

    Rows are x, y, z of the world; columns those of the layer, and the translation. Both count in voxels.
    """
    pose = info.pose
    begin = pose.to_world(layer.lattice.shift)
    sides = to_world(layer.volume.info.levels[0].spacing)
    columns = [subtract(pose.to_world(_along(layer.lattice.shift, axis, sides[axis])), begin) for axis in range(3)]
    out = to_world(info.levels[0].spacing)
    matrix = [[neat(column[row] / out[row]) for column in (*columns, begin)] for row in range(3)]
    dimensions: dict[str, tuple[float, str]] = _dimensions(info)
    if len(layer.channels) > 1:
        matrix = [[*row[:3], 0, row[3]] for row in matrix] + [[0, 0, 0, 1, 0]]
        dimensions["c^"] = (1, "")
    return {"url": address, "transform": {"matrix": matrix, "outputDimensions": dimensions}}


def _along(point: Vec3, axis: int, length: float) -> Vec3:
    x, y, z = (p + (length if i == axis else 0) for i, p in enumerate(point))
    return (x, y, z)


def _dimensions(info: VolumeInfo) -> dict[str, tuple[float, str]]:
    metres = nanometres(info) * 1e-9
    return {axis: (neat(s * metres), "m") for axis, s in zip("xyz", to_world(info.levels[0].spacing), strict=True)}


def _range(channel: Channel, layer: Layer) -> tuple[float, float]:
    """The window of a channel in the values that are sent."""
    if layer.windows:
        return (0, 255)
    low, high = channel.transfer.window
    if layer.dtype not in WHOLE:
        return (low, high)
    least, largest = WHOLE[layer.dtype]
    whole = min(max(round(low), least), largest - 1)
    return (whole, min(max(round(high), whole + 1), largest))
