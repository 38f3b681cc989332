"""How much of what was written to a socket, of TCP and on Linux 4.6 or newer, has not left this machine."""

import asyncio
import socket
import struct
import sys

NOT_SENT = struct.Struct("144xI")
"""`tcpi_notsent_bytes` of Linux's struct tcp_info."""


def unsent_bytes(transport: asyncio.Transport | None) -> int:
    """Bytes in the process and, on Linux, those in the kernel that TCP has not sent yet; 0 for a closed socket."""
    if transport is None or transport.is_closing():
        return 0
    waiting = transport.get_write_buffer_size()
    if sys.platform != "linux":
        return waiting
    # Not by SIOCOUTQ: an ioctl lets other threads run, and comes back when they have had enough, 1 ms on a busy server.
    answer = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, NOT_SENT.size)
    kernel: int = NOT_SENT.unpack(answer)[0]
    return waiting + kernel
