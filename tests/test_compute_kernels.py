"""What is compiled: once a kind of picture, and nothing for another camera, window, colour, light, clip or size."""

import drjit as dr
import numpy as np
import pytest
from msgspec.structs import replace

from render.backends.choice import PROBES
from render.backends.compute import open_compute
from render.intent import Intent, IsoIntent, resolve
from render.scene import Annotations, Clip, DirectionalLight, Iso, Mode, Quality, View
from tests.arrays import memory_volume
from viewer_bridge.navigate import orbit

VOLUME = memory_volume(np.random.default_rng(0).integers(0, 200, (40, 50, 70), np.uint8), spacing=(2.0, 1.0, 0.5))


def compiled(renderer: object, views: list[View], quality: Quality) -> int:
    """How many kernels drawing `views` compiles."""
    dr.kernel_history_clear()
    with dr.scoped_set_flag(dr.JitFlag.KernelHistory, True):
        for view in views:
            renderer.render(VOLUME, view, quality)  # type: ignore[attr-defined]
        history = dr.kernel_history()
    return sum(not kernel["cache_hit"] for kernel in history if "cache_hit" in kernel)


def changed(view: View, number: int) -> View:
    """`view` from elsewhere, with other numbers in everything that a user may move."""
    (channel,) = view.channels
    transfer = replace(channel.transfer, window=(5.0 + number, 190.0 - number), gamma=1 + number / 50)
    shift = 0.01 * number
    mode: Mode = view.mode
    if isinstance(mode, Iso):
        mode = replace(mode, isosurfaces=tuple(replace(one, value=90 + number / 7) for one in mode.isosurfaces))
    return replace(
        view,
        camera=orbit(view.camera, 0.013 * number, 0.007 * number),
        channels=(replace(channel, transfer=transfer),),
        mode=mode,
        lights=(DirectionalLight((1.0, shift, 0.0)),),
        clip=Clip(box=((0.0, 1 + shift, 2.0), (30.0, 45.0 - shift, 70.0))),
        size=(64 + 16 * (number % 3), 48),
    )


@pytest.mark.parametrize("intent", [Intent(), Intent(mode="mip"), Intent(mode="iso", isos=(IsoIntent(100.0),))])
@pytest.mark.parametrize("quality", [Quality(), Quality(samples=4)], ids=["one ray", "four rays"])
def test_moving_anything_compiles_nothing(intent: Intent, quality: Quality) -> None:
    if not any(probe.usable and not probe.hardware for probe in PROBES["compute"]()):
        pytest.skip("compute draws nothing on the CPU here")
    renderer = open_compute("llvm", 2**28)
    view = replace(resolve(intent, VOLUME.info, VOLUME.statistics), annotations=Annotations(bounding_box=True))
    renderer.render(VOLUME, changed(view, 1), quality)
    # Without a place of their own in memory the numbers of a picture lie here or there by chance: often enough is sure.
    assert compiled(renderer, [changed(view, number) for number in range(2, 42)], quality) == 0
    renderer.close()
