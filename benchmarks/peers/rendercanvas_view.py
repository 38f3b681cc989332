"""rendercanvas' http backend for `benchmarks.streaming`, at its own defaults: the replayed frames as bitmaps.

    python rendercanvas_view.py FRAMES.npy

Writes its URL. The pointer says which frame is shown. Run by the Python of an environment of its own.
"""

import socket
import sys

import numpy as np
import uvicorn
from rendercanvas.http import RenderCanvas, asgi
from replay import draw_marker, frame_at, number_at


def main(path):
    frames = np.load(path)
    alpha = np.full((*frames.shape[:3], 1), 255, np.uint8)
    frames = np.concatenate([frames, alpha], axis=3)
    canvas = RenderCanvas(size=frames.shape[2:0:-1], update_mode="ondemand")
    context = canvas.get_bitmap_context()
    shown = 0

    @canvas.request_draw
    def draw():
        picture = frames[frame_at(shown, len(frames))].copy()
        draw_marker(picture, shown)
        context.set_bitmap(picture)

    @canvas.add_event_handler("pointer_move")
    def on_pointer(event):
        nonlocal shown
        shown = number_at(event["x"], event["y"])
        canvas.request_draw()

    door = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{door.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(asgi, log_level="warning")).run(sockets=[door])


if __name__ == "__main__":
    main(*sys.argv[1:])
