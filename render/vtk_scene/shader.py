"""What VTK's OpenGL ray caster is told to do otherwise, as pieces of its own fragment shader.

VTK finds the rays, samples, classifies and composites. By itself it begins its samples a whole step behind the face (in
the middle of their intervals they are worth many finer ones), loses a mean in 8 bits of all values there are, knows no
NaN, and draws slices beyond clip planes. Names with `in_`, `l_` and `g_` are VTK's.
"""

from collections.abc import Mapping, Sequence
from string import Template

from render.scene import DVR, Iso, Mean, Oblique, Slice, Sum, TransferFunction
from render.volume.info import Level
from render.vtk_scene.lighting import Range, color_code, number
from render.vtk_scene.plan import Look

MARK = "//VTK::"
"""How VTK marks the places that it fills in itself, before other text can be replaced."""

START = "g_rayJitter = g_dirStep;"
AFTER_SETUP = "//VTK::RenderToImage::Init"
BEFORE_SAMPLE = "//VTK::PreComputeGradients::Impl"
SAMPLE = "//VTK::Shading::Impl"
COLOR = "//VTK::ComputeColor::Dec"
LAST = "//VTK::Picking::Exit"

AT_FACE = "g_rayJitter = 0.01 * g_dirStep;"
"""VTK moves its rays a step into the volume before it clips them, and then drops those that are shorter.

Not moved at all they begin so close to the face that some are dropped as outside.
"""

MIDDLE = """
  float steps = dot(g_terminatePos - g_rayOrigin, g_dirStep) / dot(g_dirStep, g_dirStep);
  g_rayOrigin += 0.5 * min(steps, 1.0) * g_dirStep;
  g_terminatePointMax = steps - 1.5;
"""
"""Where clip planes end a ray it has as many samples as intervals whose middle is before the end, one at least."""

ON_RAY = """
  g_dataPos = g_rayOrigin + g_currentT * g_dirStep;
"""
"""Not step upon step in float32: after 10 000 of them an isosurface was 1/20 of a voxel aside."""

NO_JITTER = "float jitterValue = 0.0;"
AT_FACE_OF_SLICE = f"{NO_JITTER} {AT_FACE} g_rayOrigin += g_rayJitter;"

WITHIN = """
  float slack = -0.02 * dot(g_dirStep, g_dirStep);
  if (dot(g_intersection - g_rayOrigin, g_dirStep) < slack || dot(g_terminatePos - g_intersection, g_dirStep) < slack)
    discard;
"""

SKIP_HOLES = """
  if (isnan(texture3D(in_volume[0], g_dataPos).r)) g_skip = true;
"""

COUNT = Template("""
  if (!g_skip) {
    float value = texture3D(in_volume[0], g_dataPos).r * in_volume_scale[0].r + in_volume_bias[0].r;
    float share = $offset + $extent * value;
    l_avgValue.y += $counted;
    ++l_numSamples.x;
  }
""")
"""Instead of VTK's own sum for a mean: that of places in the window, which are not cut off at its ends."""

WRITE = Template("""
  float share = clamp(l_avgValue.y * $factor, 0.0, 1.0) * 65535.0 + 0.5;
  float high = floor(share / 256.0);
  g_fragColor = vec4(high, floor(share - 256.0 * high), 0.0, 255.0) / 255.0;
""")
"""A place in the window as 16 bits in red and green; `opengl` reads it."""


def shader_changes(look: Look, ranges: Sequence[Range], level: Level) -> Mapping[str, str]:
    """Mark in VTK's shader -> what comes in its place, for this look of channels with these ranges."""
    projection = {START: AT_FACE, AFTER_SETUP: MIDDLE, BEFORE_SAMPLE: ON_RAY + SKIP_HOLES}
    match look.style.mode:
        case DVR() as mode:
            return {**projection, BEFORE_SAMPLE: ON_RAY, COLOR: color_code(mode, look, ranges, level)}
        case Iso() as mode:
            # From the face on: of what is before the first sample nothing is seen.
            return {START: AT_FACE, BEFORE_SAMPLE: ON_RAY, COLOR: color_code(mode, look, ranges, level)}
        case Slice() | Oblique():
            return {NO_JITTER: AT_FACE_OF_SLICE, AFTER_SETUP: WITHIN, BEFORE_SAMPLE: SKIP_HOLES}
        case Mean():
            count, factor = "share", "1.0 / float(l_numSamples.x)"
        case Sum():
            count, factor = "max(share, 0.0)", f"in_sampleDistance / {number(look.transfers[0].unit_distance)}"
        case _:
            return projection
    return {**projection, SAMPLE: _count(count, look.transfers[0], ranges[0]), LAST: WRITE.substitute(factor=factor)}


def _count(counted: str, transfer: TransferFunction, values: Range) -> str:
    (low, high), (lowest, highest) = transfer.window, values
    return COUNT.substitute(
        offset=number((lowest - low) / (high - low)), extent=number((highest - lowest) / (high - low)), counted=counted
    )
