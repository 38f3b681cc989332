"""Whether a volume has all that a View names; pure."""

from render.errors import NotFound
from render.scene import View
from render.volume.info import VolumeInfo


def check_view(view: View, info: VolumeInfo) -> None:
    """NotFound, with what there is, for a time, a channel or a label image that the volume has not."""
    info.check(time=view.time)
    for channel in view.channels:
        info.check(channel=channel.index)
    for labels in view.labels:
        check_labels(labels.name, info)


def check_labels(name: str, info: VolumeInfo) -> None:
    """NotFound for a label image that the volume has not."""
    if name not in info.labels:
        known = ", ".join(info.labels) or "none"
        raise NotFound(f"{info.name}: no labels {name!r}; there are: {known}")
