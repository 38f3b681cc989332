"""What the server counts, for Prometheus; a registry of its own, so that two servers in one process don't mix."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from tiles.serving import Sent
from viewer_bridge.show import SentFrame

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Metrics:
    """The numbers behind /metrics."""

    def __init__(self, gauges: Mapping[str, tuple[str, Callable[[], float]]]) -> None:
        """`gauges` by name: what each says, and how it is read; on the event loop's thread."""
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter("voxelcast_requests", "Answered HTTP requests", ("route", "status"), registry=registry)
        self._render = Histogram(
            "voxelcast_render_seconds", "Time to draw a picture, voxels included", buckets=SECONDS, registry=registry
        )
        self._encode = Histogram(
            "voxelcast_encode_seconds", "Time to encode a picture", buckets=SECONDS, registry=registry
        )
        self._tiles = Histogram(
            "voxelcast_tile_seconds", "Time to make a tile, encoding included", buckets=SECONDS, registry=registry
        )
        self._frames = Counter("voxelcast_frames_sent", "Frames sent on streams", ("rung",), registry=registry)
        self._bytes = Counter("voxelcast_picture_bytes_sent", "Encoded bytes sent", ("kind",), registry=registry)
        for name, (says, read) in gauges.items():
            Gauge(f"voxelcast_{name}", says, registry=registry).set_function(read)

    def on_request(self, route: str, status: int) -> None:
        self._requests.labels(route, str(status)).inc()

    def on_picture(self, sent: Sent) -> None:
        self._bytes.labels(sent.kind).inc(sent.nbytes)
        if sent.kind == "tile":
            self._tiles.observe(sent.draw_s + sent.encode_s)
        else:
            self._render.observe(sent.draw_s)
            self._encode.observe(sent.encode_s)

    def on_frame(self, sent: SentFrame) -> None:
        self._frames.labels(sent.rung.name.lower()).inc()
        self._bytes.labels("frame").inc(sent.nbytes)
        self._render.observe(sent.render_s)
        self._encode.observe(sent.encode_s)

    def text(self) -> bytes:
        """The numbers in Prometheus' text format."""
        return generate_latest(self._registry)
