"""How much of what was written to a socket has not left this machine."""

import asyncio
import struct
import sys

if sys.platform == "linux":
    import fcntl
    import termios


def unsent_bytes(transport: asyncio.Transport | None) -> int:
    """Bytes in the process and, on Linux, those in the kernel that were not confirmed; 0 for a closed socket."""
    if transport is None or transport.is_closing():
        return 0
    waiting = transport.get_write_buffer_size()
    if sys.platform != "linux":
        return waiting
    # SIOCOUTQ, which is TIOCOUTQ for sockets: what TCP has sent and not seen acknowledged counts too.
    answer = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, b"\0" * 4)
    kernel: int = struct.unpack("i", answer)[0]
    return waiting + kernel
