"""Sessions over HTTP and in Python: begun, read, written with their version, and who may be let in."""

import asyncio
from collections.abc import Callable

import jwt
import msgspec
import pytest
from aiohttp import WSCloseCode, WSServerHandshakeError
from aiohttp.test_utils import TestClient
from msgspec.structs import replace

import voxelcast
from render.errors import BadRequest, Conflict, Forbidden, NotFound
from render.scene import MIP, decode_view
from tests.serving import serve
from tests.streaming import StreamClient
from viewer_bridge.protocol import CurrentView, Error, Invite, Members, Open, Opened, Orbit
from voxelcast.settings import Settings

LOCKED = Settings(token="open sesame")
KEY = {"Authorization": "Bearer open sesame"}


async def begun(client: TestClient, **fields: object) -> dict[str, object]:
    """The state of a new session on volume two."""
    answer = await client.post("/sessions", data=msgspec.json.encode({"volume": "two", **fields}))
    assert answer.status == 201
    return dict(await answer.json())


def in_python(scenario: Callable[[voxelcast.Server], None], settings: Settings = Settings(), token: str = "") -> None:  # noqa: B008
    """Run `scenario` beside the server that it is given; a token in `settings` is given as well."""

    async def run(client: TestClient) -> None:
        server = voxelcast.connect(f"http://{client.server.host}:{client.server.port}", token)
        await asyncio.to_thread(scenario, server)

    serve(run, settings)


def test_a_session_is_begun_once_and_found_by_its_name() -> None:
    async def scenario(client: TestClient) -> None:
        state = await begun(client, name="rounds", size=[640, 480])
        assert (state["name"], state["volume"], state["version"], state["members"]) == ("rounds", "two", 1, [])
        assert state["view"]["size"] == [640, 480]
        again = await client.post("/sessions", data=b'{"volume": "two", "name": "rounds"}')
        assert (again.status, (await again.json())["code"]) == (412, "conflict")
        assert (await (await client.get("/sessions")).json()) == {"sessions": ["rounds"]}
        assert (await (await client.get("/sessions/rounds")).json()) == state

    serve(scenario)


def test_a_session_without_a_name_gets_one_that_is_not_guessed() -> None:
    async def scenario(client: TestClient) -> None:
        names = {str((await begun(client))["name"]) for _ in range(3)}
        assert len(names) == 3
        assert min(map(len, names)) >= 12

    serve(scenario)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"volume": "absent"}', 404, "no volume 'absent'"),
        (b'{"volume": "two", "name": "a b"}', 400, "Expected `str` matching regex"),
        (b'{"volume": "two", "sizes": [1, 1]}', 400, "unknown field `sizes`"),
        (b"{", 400, "body: Input data was truncated"),
    ],
    ids=["a volume that is not served", "a name with a blank", "a field that there is not", "no JSON"],
)
def test_what_cannot_be_begun_says_why(body: bytes, status: int, words: str) -> None:
    async def scenario(client: TestClient) -> None:
        answer = await client.post("/sessions", data=body)
        assert answer.status == status
        assert words in (await answer.json())["error"]
        assert (await (await client.get("/sessions")).json()) == {"sessions": []}

    serve(scenario)


def test_a_view_is_taken_only_for_the_version_that_it_was_made_for() -> None:
    async def scenario(client: TestClient) -> None:
        state = await begun(client, name="rounds")
        view = decode_view(msgspec.json.encode(state["view"]))
        mine, theirs = (msgspec.json.encode(replace(view, background=(x, 0.0, 0.0, 1.0))) for x in (0.25, 0.75))
        first = await client.put("/sessions/rounds/view", data=mine, headers={"If-Match": '"1"'})
        assert (first.status, first.headers["ETag"]) == (200, '"2"')
        late = await client.put("/sessions/rounds/view", data=theirs, headers={"If-Match": '"1"'})
        assert late.status == 412
        assert (await late.json())["error"].startswith("the view is version 2 and was changed since version 1")
        kept = await (await client.get("/sessions/rounds")).json()
        assert kept["view"]["background"] == [0.25, 0.0, 0.0, 1.0]
        assert (await client.put("/sessions/rounds/view", data=theirs)).status == 200
        odd = await client.put("/sessions/rounds/view", data=theirs, headers={"If-Match": "soon"})
        assert odd.status == 400

    serve(scenario)


def test_members_on_streams_see_what_a_script_sets_each_in_their_own_size() -> None:
    async def scenario(client: TestClient) -> None:
        state = await begun(client, name="rounds")
        stream = StreamClient(await client.ws_connect("/stream"))
        await stream.send(Open((60, 40), session="rounds", input=1))
        opened, *_ = await stream.until_still(1)
        assert isinstance(opened, Opened)
        assert (opened.session, opened.view.size, opened.version) == ("rounds", (60, 40), 1)
        view = replace(decode_view(msgspec.json.encode(state["view"])), mode=MIP())
        assert (await client.put("/sessions/rounds/view", data=msgspec.json.encode(view))).status == 200
        told = (await stream.until(lambda got: isinstance(got, CurrentView)))[-1]
        assert (told.view.mode, told.view.size, told.version, told.input) == (MIP(), (60, 40), 2, 1)
        header, _ = (await stream.until(lambda got: isinstance(got, tuple) and got[0].view_version == 2))[-1]
        assert (header.view_width, header.view_height) == (60, 40)

    serve(scenario)


def test_a_ticket_opens_its_session_and_nothing_else() -> None:
    async def scenario(client: TestClient) -> None:
        body = msgspec.json.encode({"volume": "two", "name": "rounds"})
        assert (await client.post("/sessions", data=body, headers=KEY)).status == 201
        asked = await client.post("/sessions/rounds/tickets", data=b'{"role": "viewer"}', headers=KEY)
        invited = await asked.json()
        ticket = invited["ticket"]
        assert invited["path"] == f"/?ticket={ticket}#session=rounds"
        for path, status in (
            ("/volumes/two", 200),
            ("/volumes/of people #1", 403),
            ("/sessions", 403),
            ("/sessions/rounds", 403),
            ("/tiles/two/0/0/0.png", 403),
            ("/metrics", 403),
        ):
            assert (await client.get(path, params={"ticket": ticket})).status == status, path
        assert await (await client.get("/volumes", params={"ticket": ticket})).json() == {"volumes": ["two"]}
        with pytest.raises(WSServerHandshakeError, match="403"):
            await client.ws_connect("/stream?ticket=forged")

        stream = StreamClient(await client.ws_connect(f"/stream?ticket={ticket}"))
        for wrong in (Open((9, 9), session="other", input=1), Open((9, 9), "of people #1", input=2)):
            await stream.send(wrong)
            answer = await stream.receive()
            assert isinstance(answer, Error)
            assert (answer.code, answer.input) == ("forbidden", wrong.input)
        await stream.send(Open((60, 40), session="rounds", input=3))
        assert isinstance(await stream.receive(), Opened)

    serve(scenario, LOCKED)


def test_a_guest_who_steers_takes_the_session_to_no_other_volume() -> None:
    async def scenario(client: TestClient) -> None:
        await client.post("/sessions", data=b'{"volume": "two", "name": "rounds"}', headers=KEY)
        asked = await client.post("/sessions/rounds/tickets", data=b'{"role": "pilot"}', headers=KEY)
        stream = StreamClient(await client.ws_connect(f"/stream?ticket={(await asked.json())['ticket']}"))
        await stream.send(Open((60, 40), "of people #1", session="rounds", input=1))
        error = await stream.receive()
        assert isinstance(error, Error)
        assert error.message.startswith("your ticket is for what this session shows")
        await stream.send(Open((60, 40), session="rounds", input=2))
        assert isinstance(await stream.receive(), Opened)
        await stream.send(Orbit(3, 0.1, 0.0))
        assert (await stream.until(lambda got: isinstance(got, CurrentView)))[-1].version == 2

    serve(scenario, LOCKED)


def test_a_name_that_begins_like_the_session_s_volume_is_another_volume() -> None:
    async def scenario(client: TestClient) -> None:
        await client.post("/sessions", data=b'{"volume": "plate", "name": "rounds"}', headers=KEY)
        asked = await client.post("/sessions/rounds/tickets", data=b"{}", headers=KEY)
        query = {"ticket": (await asked.json())["ticket"]}
        for path, status in (("/volumes/plate", 200), ("/volumes/plate/render.png?size=8x8", 200)):
            assert (await client.get(path, params=query)).status == status
        for path in ("/volumes/plate/A/1/0", "/volumes/plate/A/1/0/render.png", "/volumes/plate%2FA%2F1%2F0"):
            assert (await client.get(path, params=query)).status == 403, path

    serve(scenario, LOCKED, sources={"plate": "", "plate/A/1/0": ""})


def test_a_page_opened_with_a_ticket_keeps_it_out_of_its_url() -> None:
    async def scenario(client: TestClient) -> None:
        await client.post("/sessions", data=b'{"volume": "two", "name": "rounds"}', headers=KEY)
        asked = await client.post("/sessions/rounds/tickets", data=b"{}", headers=KEY)
        first = await client.get((await asked.json())["path"].split("#")[0], allow_redirects=False)
        assert (first.status, first.headers["Location"]) == (303, "/")
        assert (await client.get("/")).status == 200
        assert (await client.get("/web/main.js")).status == 200
        assert (await client.get("/sessions")).status == 403
        async with client.ws_connect("/stream") as socket:
            await StreamClient(socket).send(Open((9, 9), session="rounds", input=1))
            assert (await socket.receive_json())["type"] == "opened"

    serve(scenario, LOCKED)


def test_python_reads_and_sets_parts_of_what_people_see() -> None:
    def scenario(server: voxelcast.Server) -> None:
        session = server.session("rounds", volume="two")
        camera = replace(session.camera, position=(1.0, 2.0, -900.0))
        session.camera = camera
        session.change(mode=MIP(), time=0)
        same = server.session("rounds")
        assert (same.camera, same.mode) == (camera, MIP())
        assert same.state.version == 3
        assert server.sessions() == ["rounds"]
        assert same.url == f"{server.url}/#session=rounds"

    in_python(scenario)


def test_a_part_is_set_whatever_the_others_are() -> None:
    async def scenario(client: TestClient) -> None:
        await begun(client, name="rounds")
        answer = await client.patch("/sessions/rounds/view", data=b'{"mode": {"type": "mip"}}')
        state = await answer.json()
        assert (answer.status, state["version"], state["view"]["mode"]) == (200, 2, {"type": "mip"})
        for body, words in ((b'{"input": 3}', "input has no place here"), (b'{"shine": 1}', "unknown field `shine`")):
            answer = await client.patch("/sessions/rounds/view", data=body)
            assert answer.status == 400
            assert words in (await answer.json())["error"]

    serve(scenario)


def test_a_page_of_another_site_changes_no_session() -> None:
    async def scenario(client: TestClient) -> None:
        await begun(client, name="rounds")
        await begun(client)
        evil = {"Origin": "https://evil.example"}
        assert await (await client.get("/sessions", headers=evil)).json() == {"sessions": ["rounds"]}
        for method, path in (("POST", "/sessions"), ("PATCH", "/sessions/rounds/view"), ("POST", "/movies")):
            answer = await client.request(method, path, data=b"{}", headers=evil)
            assert (answer.status, (await answer.json())["code"]) == (403, "forbidden")
        own = {"Origin": f"http://{client.server.host}:{client.server.port}"}
        assert (await client.patch("/sessions/rounds/view", data=b'{"time": 0}', headers=own)).status == 200

    serve(scenario)


def test_a_guest_s_own_ticket_ends_with_the_link_and_so_does_the_stream() -> None:
    async def scenario(client: TestClient) -> None:
        await client.post("/sessions", data=b'{"volume": "two", "name": "rounds"}', headers=KEY)
        asked = await client.post("/sessions/rounds/tickets", data=b'{"minutes": 0.03}', headers=KEY)
        link = await asked.json()
        stream = StreamClient(await client.ws_connect(f"/stream?ticket={link['ticket']}"))
        await stream.send(Open((9, 9)))
        members = (await stream.until(lambda got: isinstance(got, Members)))[-1]
        assert jwt.decode(members.ticket, options={"verify_signature": False})["exp"] <= link["expires"]
        await stream.send(Invite("pilot"))
        error = (await stream.until(lambda got: isinstance(got, Error)))[-1]
        assert error.code == "forbidden"
        async for _ in stream.socket:
            pass
        assert stream.socket.close_code == WSCloseCode.POLICY_VIOLATION

    serve(scenario, LOCKED)


def test_python_makes_a_change_anew_where_somebody_was_quicker() -> None:
    def scenario(server: voxelcast.Server) -> None:
        session = server.session("rounds", volume="two")
        meddled = []

        def darker(view: voxelcast.View) -> voxelcast.View:
            if not meddled:
                meddled.append(True)
                server.session("rounds").mode = MIP()
            return replace(view, background=(0.5, 0.0, 0.0, 1.0))

        view = session.update(darker)
        assert (view.mode, view.background) == (MIP(), (0.5, 0.0, 0.0, 1.0))

        def meddle(view: voxelcast.View) -> voxelcast.View:
            server.session("rounds").background = (view.background[0] / 2, 0.0, 0.0, 1.0)
            return view

        with pytest.raises(Conflict, match="was changed since version"):
            session.update(meddle)

    in_python(scenario)


def test_python_is_told_what_there_is_not() -> None:
    def scenario(server: voxelcast.Server) -> None:
        with pytest.raises(
            NotFound, match="no session 'rounds': a session ends 60 s after the last member has left it"
        ):
            server.session("rounds")
        with pytest.raises(BadRequest, match="say the name of a session, or a volume"):
            server.session("")
        session = server.session("", volume="two")
        with pytest.raises(NotFound, match="no time 7"):
            session.time = 7
        assert session.time == 0

    in_python(scenario)


def test_a_link_that_python_makes_lets_a_guest_in_and_no_script() -> None:
    def scenario(server: voxelcast.Server) -> None:
        link = server.session("rounds", volume="two").invite("viewer", minutes=5)
        guest = voxelcast.connect(server.url, "nothing")
        with pytest.raises(voxelcast.RenderError, match="this server wants its token"):
            guest.sessions()
        assert link.startswith(f"{server.url}/?ticket=")
        assert Forbidden is voxelcast.Forbidden

    in_python(scenario, LOCKED, "open sesame")
