"""The stream over a real socket: frames, errors, limits, and how connections end. Drawn by the null renderer."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from aiohttp import ClientSession, WSCloseCode, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from render.backends.null import NullRenderer
from render.encode import decode
from render.engine import Engine
from render.scene import MIP
from render.volume.catalogue import Catalogue
from tests.arrays import memory_volume
from tests.streaming import StreamClient
from viewer_bridge.protocol import Change, CurrentView, Error, Open, Opened, Orbit, Rung, SetView
from viewer_bridge.show import SentFrame
from viewer_bridge.websocket import Streams

SHAPE = (3, 5, 7)


def volumes() -> Catalogue:
    voxels = np.arange(np.prod(SHAPE), dtype=np.uint16).reshape(SHAPE)
    return Catalogue({"a": "", "b": ""}, lambda _, name: memory_volume(voxels, name=name))


def serve(scenario: Callable[[TestClient], Awaitable[None]], observe=lambda _: None) -> None:
    """Run `scenario` against a server of volumes a and b."""

    async def run() -> None:
        with Engine(NullRenderer) as engine:
            streams = Streams(volumes(), engine, 2**30, observe)
            app = web.Application()
            app.add_routes(streams.routes())
            app.on_shutdown.append(streams.close)
            async with TestClient(TestServer(app)) as client:
                await scenario(client)

    asyncio.run(run())


def test_open_gives_a_draft_and_then_full_quality():
    sent: list[SentFrame] = []

    async def scenario(client: TestClient) -> None:
        stream = StreamClient(await client.ws_connect("/stream"))
        await stream.send(Open("a", (64, 48), 1))
        opened, draft, final = await stream.until_still(1)
        assert isinstance(opened, Opened)
        assert opened.renderer == "null"
        assert opened.view.size == (64, 48)
        assert (opened.box.lower, opened.box.upper) == ((-0.5, -0.5, -0.5), (6.5, 4.5, 2.5))
        assert (draft[0].rung, draft[0].width, draft[0].height) == (Rung.DRAFT, 32, 24)
        assert (draft[0].view_width, draft[0].view_height) == (64, 48)
        assert decode(draft[1]).shape == (24, 32, 4)
        assert (final[0].frame, final[0].width, final[0].height) == (2, 64, 48)
        assert decode(final[1]).shape == (48, 64, 4)

    serve(scenario, sent.append)
    assert [frame.rung for frame in sent] == [Rung.DRAFT, Rung.FINAL]
