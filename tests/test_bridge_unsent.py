"""What a socket has not sent yet, as the kernel says it."""

import asyncio
import sys

import pytest

from viewer_bridge.unsent import unsent_bytes

LARGE = 2**24
"""More than the kernel takes of one socket at both of its ends."""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel is asked on Linux only")
def test_bytes_that_nobody_reads_are_unsent_until_they_are_read() -> None:
    async def scenario() -> None:
        connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()
        server = await asyncio.start_server(lambda *streams: connected.set_result(streams), "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        _, writer = await asyncio.open_connection(host, port)
        reader, answering = await connected
        transport = writer.transport
        assert isinstance(transport, asyncio.Transport)
        assert unsent_bytes(transport) == 0
        writer.write(bytes(LARGE))
        in_process = transport.get_write_buffer_size()
        assert in_process < unsent_bytes(transport) <= LARGE
        await reader.readexactly(LARGE)
        assert unsent_bytes(transport) == 0
        writer.write(bytes(LARGE))
        transport.abort()
        assert unsent_bytes(transport) == 0
        answering.close()
        server.close()

    asyncio.run(scenario())


def test_of_a_connection_that_is_gone_nothing_is_unsent() -> None:
    assert unsent_bytes(None) == 0
