"""Does VTK draw here? Run as `python -m render.vtk_scene.trial vtkEGLRenderWindow`: prints the device, or fails.

It has to be a process of its own: where OpenGL is half there VTK ends the process with a segmentation fault.
"""

import sys
from typing import cast

import numpy as np

from render.errors import BackendError
from render.scene import DVR, Camera, Orthographic, Shading, TransferFunction
from render.volume.info import Level
from render.vtk_scene.image import cells_image, measured
from render.vtk_scene.opengl import opengl_caster
from render.vtk_scene.plan import Look, Style
from render.vtk_scene.window import Window, WindowName

ALPHA, DEPTH = 0.25, 4


def try_window(name: WindowName) -> str:
    """The device that drew a constant volume right. BackendError where it did not."""
    window = Window(name)
    shape = (DEPTH, DEPTH, DEPTH)
    level = Level("", shape, shape, (1.0, 1.0, 1.0), (0.5, 0.5, 0.5))
    caster = opengl_caster([cells_image(measured(np.ones(shape, np.uint8)), level)], level)
    style = Style(DVR(shaded=False), (), Shading(), (), step=0.25)
    caster.dress(Look(style, (TransferFunction((0, 1), 1.0, opacity=((0, 0), (1, ALPHA))),)))
    camera = Camera((2, 2, -9), (2, 2, 2), (0, -1, 0), Orthographic(DEPTH))
    window.resize((5, 3))
    drawn = float(caster.draw(window, camera, level.box, (0.0, 0.0))[1, 2, 3])
    expected = 1 - (1 - ALPHA) ** DEPTH
    device = window.device
    window.release(caster.prop)
    window.close()
    if abs(drawn - expected) > 0.05:
        raise BackendError(f"{device} drew an opacity of {drawn:.2f} where {expected:.2f} is right")
    return device


if __name__ == "__main__":
    try:
        print(try_window(cast(WindowName, sys.argv[1])))
    except BackendError as error:
        sys.exit(str(error))
