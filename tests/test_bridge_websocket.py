"""The stream over a real socket: frames, errors, limits, and how connections end. Drawn by the null renderer."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterator

import numpy as np
import pytest
from aiohttp import WSCloseCode, WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace

from render.backends.null import NullRenderer
from render.encode import decode
from render.engine import Engine
from render.frame import Frame
from render.geometry import length, subtract
from render.ladder import Budget
from render.pick import ChannelValue
from render.scene import MIP, Quality, Slice, View
from render.volume.catalogue import Catalogue
from render.volume.volume import Volume
from tests.arrays import memory_volume
from tests.streaming import PATIENCE, StreamClient
from viewer_bridge.frames import Rung
from viewer_bridge.opening import Opener
from viewer_bridge.protocol import Change, CurrentView, Error, Members, Open, Opened, Orbit, Pick, Picked
from viewer_bridge.rooms import Rooms
from viewer_bridge.show import SentFrame, Show
from viewer_bridge.tickets import Tickets
from viewer_bridge.websocket import Streams

SHAPE = (3, 5, 7)


def volumes() -> Catalogue:
    voxels = np.arange(np.prod(SHAPE), dtype=np.uint16).reshape(SHAPE)
    return Catalogue({"a": "", "b": ""}, lambda _, name: memory_volume(voxels, name=name))


def serve(
    scenario: Callable[[TestClient], Awaitable[None]],
    observe: Callable[[SentFrame], None] = lambda _: None,
    renderer: Callable[[], NullRenderer] = NullRenderer,
    most: int = 8,
) -> None:
    """Run `scenario` against a server of volumes a and b and at most so many streams."""

    async def run() -> None:
        with Engine(renderer) as engine:
            streams = Streams(Rooms(Tickets()), Opener(volumes(), Budget(2**30)), engine, observe, most=most)
            app = web.Application()
            app.add_routes(streams.routes())
            app.on_shutdown.append(streams.close)
            async with TestClient(TestServer(app)) as client:
                await scenario(client)

    asyncio.run(run())


async def opened(client: TestClient, volume: str) -> StreamClient:
    """A stream whose volume is open and at rest after input 1."""
    stream = StreamClient(await client.ws_connect("/stream"))
    await stream.send(Open((64, 48), volume, 1))
    await stream.until_still(1)
    return stream


def test_open_gives_a_draft_and_then_full_quality() -> None:
    sent: list[SentFrame] = []

    async def scenario(client: TestClient) -> None:
        stream = StreamClient(await client.ws_connect("/stream"))
        await stream.send(Open((64, 48), "a", 1))
        opened, members, draft, final = await stream.until_still(1)
        assert isinstance(opened, Opened)
        assert isinstance(members, Members)
        assert opened.renderer == "null"
        assert opened.view.size == (64, 48)
        assert (opened.box.lower, opened.box.upper) == ((-0.5, -0.5, -0.5), (6.5, 4.5, 2.5))
        assert (draft[0].rung, draft[0].width, draft[0].height) == (Rung.DRAFT, 32, 24)
        assert (draft[0].view_width, draft[0].view_height) == (64, 48)
        assert decode(draft[1]).shape == (24, 32, 4)
        assert (final[0].frame, final[0].width, final[0].height) == (2, 64, 48)
        assert decode(final[1]).shape == (48, 64, 4)

    serve(scenario, sent.append)
    assert [frame.rung for frame in sent][:2] == [Rung.DRAFT, Rung.FINAL]


def test_inputs_are_shown_and_the_view_is_told_when_it_is_still() -> None:
    async def scenario(client: TestClient) -> None:
        stream = await opened(client, "a")
        await stream.send(Orbit(2, 0.1, 0.0))
        await stream.send(Change(3, mode=MIP(), size=(30, 70)))
        seen = await stream.until_still(3)
        assert (seen[-1][0].width, seen[-1][0].height) == (30, 70)
        (told,) = [message for message in seen if isinstance(message, CurrentView)]
        assert (told.input, told.view.mode, told.view.size) == (3, MIP(), (30, 70))

    serve(scenario)


def test_a_view_that_is_given_is_the_first_and_takes_the_clients_size() -> None:
    async def scenario(client: TestClient) -> None:
        stream = await opened(client, "a")
        await stream.send(Change(2, mode=MIP(), background=(1.0, 1.0, 1.0, 1.0)))
        told = next(message for message in await stream.until_still(2) if isinstance(message, CurrentView))
        other = StreamClient(await client.ws_connect("/stream"))
        await other.send(Open((20, 10), "a", 1, told.view))
        first = await other.receive()
        assert isinstance(first, Opened)
        assert first.view == replace(told.view, size=(20, 10))

    serve(scenario)


def test_another_volume_can_be_opened_on_the_same_connection() -> None:
    async def scenario(client: TestClient) -> None:
        stream = await opened(client, "a")
        await stream.send(Orbit(2, 0.1, 0.0))
        await stream.send(Open((20, 10), "b", 3))
        seen = await stream.until_still(3)
        assert [message.info.name for message in seen if isinstance(message, Opened)] == ["b"]
        numbers = [got[0].frame for got in seen if isinstance(got, tuple)]
        assert numbers == list(range(3, 3 + len(numbers)))

    serve(scenario)


def test_a_still_view_is_drawn_again_with_more_rays() -> None:
    async def scenario(client: TestClient) -> None:
        stream = await opened(client, "a")
        header, _ = await stream.receive()
        assert (header.rung, header.input, header.width) == (Rung.REFINED, 1, 64)

    serve(scenario)


def test_a_pick_is_answered_with_what_is_there() -> None:
    class AtTarget(NullRenderer):
        def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
            frame = super().render(volume, view, quality)
            if frame.depth is not None:
                frame.depth[:] = length(subtract(view.camera.target, view.camera.position))
            return frame

    async def scenario(client: TestClient) -> None:
        stream = await opened(client, "a")
        await stream.send(Change(2, mode=Slice("z", 1.0), size=(65, 49)))
        await stream.send(Pick(32, 24))
        *_, picked = await stream.until(lambda got: isinstance(got, Picked))
        assert (picked.x, picked.y) == (32, 24)
        assert picked.position == pytest.approx((3.0, 2.0, 1.0), abs=1e-5)
        assert picked.values == (ChannelValue(0, pytest.approx(1 * 35 + 2 * 7 + 3, abs=1e-3)),)
        await stream.send(Pick(65, 24))
        *_, error = await stream.until(lambda got: isinstance(got, Error))
        assert error.message == "pixel 65, 24: the picture has 65 x 49, from 0, 0"

    serve(scenario, renderer=AtTarget)


def test_connections_are_independent() -> None:
    async def scenario(client: TestClient) -> None:
        one, two = await opened(client, "a"), await opened(client, "b")
        await one.send(Change(2, background=(1.0, 0.0, 0.0, 1.0)))
        await two.send(Change(2, background=(0.0, 0.0, 1.0, 1.0)))
        for stream, name, color in ((one, "a", (254, 0, 0)), (two, "b", (0, 0, 254))):
            seen = await stream.until_still(2)
            assert [message.view.volume for message in seen if isinstance(message, CurrentView)] == [name]
            assert decode(seen[-1][1])[0, 0, :3] == pytest.approx(color, abs=2)

    serve(scenario)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "message: Input data was truncated"),
        ('{"type":"jump"}', "Invalid value 'jump' - at `$.type`"),
        ('{"type":"orbit","input":2,"dx":"far","dy":0}', "Expected `float`, got `str` - at `$.dx`"),
        ('{"type":"orbit","input":2,"dx":1e400,"dy":0}', "Number out of range - at `$.dx`"),
        ('{"type":"zoom","input":2,"factor":0}', "Expected `float` >= 0.001 - at `$.factor`"),
        ('{"type":"change","input":2,"size":[0,5]}', "Expected `int` >= 1 - at `$.size[0]`"),
        ('{"type":"change","input":2,"size":[5,100000]}', "Expected `int` <= 4096 - at `$.size[1]`"),
        ('{"type":"change","input":2,"shine":1}', "unknown field `shine`"),
        ('{"type":"change","input":2,"mode":{"type":"hologram"}}', "Invalid value 'hologram' - at `$.mode.type`"),
        ('{"type":"change","input":1,"time":0}', "input 1: must be greater than the one before, 1"),
        ('{"type":"change","input":2,"time":3}', "no time 3"),
        ('{"type":"open","input":2,"volume":"../../etc/passwd","size":[9,9]}', "no volume '../../etc/passwd'"),
        ("[" * 100_000, "message: "),
    ],
    ids=[
        "malformed JSON",
        "an unknown message",
        "a wrong type",
        "an infinite number",
        "a zoom by 0",
        "a size of 0",
        "a size of 100000",
        "an unknown field",
        "an unknown mode",
        "an input that does not grow",
        "a time that is not there",
        "a volume that is not served",
        "deep nesting",
    ],
)
def test_what_makes_no_sense_is_answered_and_the_session_lives_on(text: str, words: str) -> None:
    async def scenario(client: TestClient) -> None:
        stream = await opened(client, "a")
        await stream.socket.send_str(text)
        error = (await stream.until(lambda got: isinstance(got, Error)))[-1]
        assert words in error.message
        await stream.send(Open((20, 10), "b", 5))
        await stream.until_still(5)

    serve(scenario)


def test_binary_garbage_is_answered_and_the_session_lives_on() -> None:
    async def scenario(client: TestClient) -> None:
        stream = await opened(client, "a")
        await stream.socket.send_bytes(bytes(range(256)))
        error = (await stream.until(lambda got: isinstance(got, Error)))[-1]
        assert error == Error("bad_request", "256 bytes of binary: clients send text")
        await stream.send(Orbit(2, 0.1, 0.0))
        await stream.until_still(2)

    serve(scenario)


def test_steering_before_a_volume_is_open_is_an_error() -> None:
    async def scenario(client: TestClient) -> None:
        stream = StreamClient(await client.ws_connect("/stream"))
        await stream.send(Orbit(4, 0.1, 0.0))
        assert await stream.receive() == Error("bad_request", "no volume is open: send open and wait for opened", 4)

    serve(scenario)


def test_nothing_but_nonsense_ends_the_connection() -> None:
    async def scenario(client: TestClient) -> None:
        socket = await client.ws_connect("/stream")
        for _ in range(21):
            await socket.send_str("nonsense")
        answers = [received.type async for received in socket]
        assert answers == [WSMsgType.TEXT] * 21
        assert socket.close_code == WSCloseCode.POLICY_VIOLATION

    serve(scenario)


def test_a_message_of_more_than_a_megabyte_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(client: TestClient) -> None:
        socket = await client.ws_connect("/stream")
        await socket.send_str(" " * (2**20 + 1))
        assert [received.type async for received in socket] == []
        assert socket.close_code == WSCloseCode.MESSAGE_TOO_BIG

    serve(scenario)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://evil.example", 403), ("null", 403), ("http://{host}", 101)],
    ids=["a page of another site", "a page of no site", "a page of this server"],
)
def test_only_pages_of_this_server_may_connect(origin: str, status: int) -> None:
    async def scenario(client: TestClient) -> None:
        host = f"{client.host}:{client.port}"
        headers = {"Origin": origin.format(host=host)}
        if status == 101:
            await client.ws_connect("/stream", headers=headers)
        else:
            with pytest.raises(WSServerHandshakeError, match=str(status)):
                await client.ws_connect("/stream", headers=headers)

    serve(scenario)


def test_more_streams_than_are_served_are_refused_until_one_ends() -> None:
    async def scenario(client: TestClient) -> None:
        first = await opened(client, "a")
        with pytest.raises(WSServerHandshakeError):
            await client.ws_connect("/stream")
        await first.socket.close()
        async with asyncio.timeout(5):
            while True:
                try:
                    await client.ws_connect("/stream")
                    break
                except WSServerHandshakeError:
                    continue

    serve(scenario, most=1)


def test_clients_are_told_that_the_server_ends() -> None:
    async def scenario(client: TestClient) -> None:
        stream = await opened(client, "a")
        silent = await client.ws_connect("/stream")
        ending = asyncio.create_task(client.server.close())
        while (received := await stream.socket.receive()).type is WSMsgType.BINARY:
            pass
        assert received.type is WSMsgType.CLOSE
        await ending
        assert stream.socket.close_code == WSCloseCode.GOING_AWAY
        await silent.close()

    serve(scenario)


class Gate:
    """Where pictures of one volume wait until it is open."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def shut(self) -> None:
        self.reached.clear()
        self.open.clear()


class Gated(NullRenderer):
    """Waits at the gates of some volumes, and remembers the volume and scale of what it draws; refinements pass."""

    def __init__(self, **gates: Gate) -> None:
        self.gates = gates
        self.drawn: list[tuple[str, float]] = []

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        if quality.samples > 1:
            return super().render(volume, view, quality)
        self.drawn.append((view.volume, quality.scale))
        if view.volume in self.gates:
            self.gates[view.volume].reached.set()
            self.gates[view.volume].open.wait()
        return super().render(volume, view, quality)


async def answered(stream: StreamClient) -> None:
    """The server has dealt with everything that was sent before."""
    await stream.socket.send_str("?")
    await stream.until(lambda got: isinstance(got, Error))


def test_a_client_that_vanishes_takes_its_wish_for_a_picture_along() -> None:
    gate = Gate()
    renderer = Gated(a=gate)

    async def scenario(client: TestClient) -> None:
        busy, vanishing = [StreamClient(await client.ws_connect("/stream")) for _ in range(2)]
        await busy.send(Open((20, 10), "a", 1))
        await asyncio.to_thread(gate.reached.wait)
        await vanishing.send(Open((20, 10), "b", 1))
        assert isinstance(await vanishing.receive(), Opened)
        await vanishing.socket.close()
        await answered(busy)
        gate.open.set()
        await busy.until_still(1)
        assert renderer.drawn == [("a", 0.5), ("a", 1.0)]

    serve(scenario, renderer=lambda: renderer)


@pytest.fixture
def no_garbage_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collector")
@pytest.mark.parametrize("how", ["closing", "vanishing"])
def test_frames_and_encoders_are_free_as_soon_as_their_client_is_gone(how: str) -> None:
    async def scenario(client: TestClient) -> None:
        stream, gone = await opened(client, "a"), threading.Event()
        (show,) = [each for each in gc.get_objects() if type(each) is Show]
        weakref.finalize(show, gone.set)
        del show
        await stream.send(Orbit(2, 0.1, 0.0))
        if how == "closing":
            await stream.socket.close()
        else:
            await client.session.close()
        assert await asyncio.to_thread(gone.wait, PATIENCE)

    serve(scenario)


def test_opening_another_volume_takes_back_the_wish_for_the_one_before() -> None:
    gate = Gate()
    renderer = Gated(a=gate)

    async def scenario(client: TestClient) -> None:
        busy, changing = [StreamClient(await client.ws_connect("/stream")) for _ in range(2)]
        await busy.send(Open((20, 10), "a", 1))
        await asyncio.to_thread(gate.reached.wait)
        await changing.send(Open((20, 10), "b", 1))
        assert isinstance(await changing.receive(), Opened)
        await changing.send(Open((30, 10), "a", 2))
        await answered(changing)
        gate.open.set()
        await changing.until_still(2)
        assert {volume for volume, _ in renderer.drawn} == {"a"}

    serve(scenario, renderer=lambda: renderer)


def test_full_quality_that_waits_for_the_device_is_not_drawn_after_new_input() -> None:
    first, second = Gate(), Gate()
    renderer = Gated(a=first, b=second)

    async def scenario(client: TestClient) -> None:
        first.open.set()
        moving = await opened(client, "a")
        first.shut()
        renderer.drawn.clear()
        await moving.send(Orbit(2, 0.1, 0.0))
        await asyncio.to_thread(first.reached.wait)
        # Behind the draft of a comes b, which keeps the device while full quality of a is asked for.
        busy = StreamClient(await client.ws_connect("/stream"))
        await busy.send(Open((20, 10), "b", 1))
        assert isinstance(await busy.receive(), Opened)
        await answered(busy)
        first.open.set()
        await asyncio.to_thread(second.reached.wait)
        # The view is told when it is still, and that is when full quality is asked for.
        await moving.until(lambda got: isinstance(got, CurrentView) and got.input == 2)
        await moving.send(Orbit(3, 0.1, 0.0))
        await answered(moving)
        second.open.set()
        await moving.until_still(3)
        assert [scale for volume, scale in renderer.drawn if volume == "a"] == [0.5, 0.5, 1.0]

    serve(scenario, renderer=lambda: renderer)


def test_a_fault_in_a_renderer_ends_that_connection_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    class FaultyRenderer(NullRenderer):
        def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
            if view.volume == "b":
                raise ZeroDivisionError("a fault of ours")
            return super().render(volume, view, quality)

    async def scenario(client: TestClient) -> None:
        stream = await opened(client, "a")
        unlucky = await client.ws_connect("/stream")
        await StreamClient(unlucky).send(Open((20, 10), "b", 1))
        async for _ in unlucky:
            pass
        assert unlucky.close_code == WSCloseCode.INTERNAL_ERROR
        await stream.send(Orbit(2, 0.1, 0.0))
        await stream.until_still(2)

    serve(scenario, renderer=FaultyRenderer)
    assert "a fault of ours" in caplog.text
