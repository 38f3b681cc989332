"""A trame application for `benchmarks.streaming`: a view of the replayed frames, through one of three widgets.

    python trame_views.py remote-view|rca-jpeg|rca-vp9 FRAMES.npy

Writes its URL. All pictures are of quality 80, and come 30 times a second at most, which is what trame does by default.
The trigger "change" shows a frame from Python, as a program would. Run by the Python of an environment of its own.
"""

import sys

from trame.app import get_server
from trame.ui.html import DivLayout
from trame.widgets import rca, vtk
from vtk_replay import ReplayWindow

QUALITY = 80


def main(widget, path):
    server = get_server(client_type="vue3")
    replay = ReplayWindow(path)
    with DivLayout(server):
        update = WIDGETS[widget](replay.window)

    @server.controller.trigger("change")
    def change(number):
        replay.show(number)
        update()

    @server.controller.add("on_server_ready")
    def ready(**_):
        print(f"http://127.0.0.1:{server.port}", flush=True)

    server.start(port=0, host="127.0.0.1", open_browser=False, show_connection_info=False)


def remote_view(window):
    return vtk.VtkRemoteView(window, ref="view", interactive_quality=QUALITY, still_quality=QUALITY).update


def rca_jpeg(window):
    area = rca.RemoteControlledArea(name="view", display="image")
    return area.create_view_handler(
        window, encoder="jpeg", target_fps=30, interactive_quality=QUALITY, still_quality=QUALITY
    ).update


def rca_vp9(window):
    area = rca.RemoteControlledArea(name="view", display="video-decoder")
    return area.create_view_handler(window, target_fps=30).update


WIDGETS = {"remote-view": remote_view, "rca-jpeg": rca_jpeg, "rca-vp9": rca_vp9}

if __name__ == "__main__":
    main(*sys.argv[1:])
