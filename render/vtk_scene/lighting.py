"""The colour of a sample in VTK's shader by the formula of `scene.Shading`, which is not VTK's own.

VTK's has Phong's highlight and not Blinn's, no floor under the gradient, one kind of gradient, a headlight that stands
at the eye's point even where rays are parallel, and light above 1 cut off in each sample.
"""

from collections.abc import Sequence
from string import Template

from render.geometry import Vec3, normalize, scale, to_world
from render.scene import DVR, Headlight, Iso, Light, Points, Shading, TransferFunction
from render.volume.info import Level
from render.vtk_scene.plan import Look

Range = tuple[float, float]
"""The lowest and the highest of a channel's values, which are 0 and 1 to the shader."""

GRADIENTS = {
    "central": """
vec3 gradient(vec3 at, sampler3D volume) {
  vec3 side = 1.0 / vec3(textureSize(volume, 0));
  vec3 x = vec3(side.x, 0.0, 0.0), y = vec3(0.0, side.y, 0.0), z = vec3(0.0, 0.0, side.z);
  return 0.5 * vec3(texture3D(volume, at + x).r - texture3D(volume, at - x).r,
                    texture3D(volume, at + y).r - texture3D(volume, at - y).r,
                    texture3D(volume, at + z).r - texture3D(volume, at - z).r);
}""",
    "analytic": """
vec3 gradient(vec3 at, sampler3D volume) {
  ivec3 last = textureSize(volume, 0) - 1;
  vec3 place = clamp(at * vec3(last + 1) - 0.5, vec3(0.0), vec3(last));
  ivec3 lower = min(ivec3(place), max(last - 1, ivec3(0)));
  vec3 f = place - vec3(lower);
  float c[8];
  for (int k = 0; k < 8; ++k)
    c[k] = texelFetch(volume, min(lower + ivec3(k & 1, (k >> 1) & 1, k >> 2), last), 0).r;
  vec4 slopes = vec4(c[1] - c[0], c[3] - c[2], c[5] - c[4], c[7] - c[6]);
  vec4 edges = mix(vec4(c[0], c[2], c[4], c[6]), vec4(c[1], c[3], c[5], c[7]), f.x);
  return vec3(mix(mix(slopes.x, slopes.y, f.y), mix(slopes.z, slopes.w, f.y), f.z),
              mix(edges.y - edges.x, edges.w - edges.z, f.z),
              mix(edges.z, edges.w, f.y) - mix(edges.x, edges.y, f.y));
}""",
}
"""Per voxel, (x, y, z), of the values in the texture; `at` is 0..1 over the cells."""

SAMPLE_COLOR = Template("""
vec3 computeRayDirection();
$gradient

float extinctionShare(int channel, float slope) {
$curves  return 1.0;
}

vec3 lit(vec3 color, vec3 slope, vec3 toEye) {
  float squared = dot(slope, slope);
  float weight = squared > 0.0 ? squared / (squared + $floor * $floor) : 0.0;
  vec3 normal = slope * inversesqrt(max(squared, 1e-30));
  if (dot(normal, toEye) < 0.0) normal = -normal;
  vec3 toLight, diffuse = vec3($ambient), specular = vec3(0.0);
$lights  return color * (1.0 + weight * (diffuse - 1.0)) + weight * specular;
}

float farness(vec3 at) {
  vec3 depth = -vec3(g_texToView[0].z, g_texToView[1].z, g_texToView[2].z);
  return clamp(0.5 + dot(depth, at - 0.5) / dot(abs(depth), vec3(1.0)), 0.0, 1.0);
}

vec4 sampleColor(vec3 at, float value, float opacity, sampler2D colors, sampler3D volume, int channel) {
  const vec3 scales[$count] = vec3[$count]($scales);
  if (isnan(value)) return vec4(0.0);
  vec3 color = texture2D(colors, vec2(value, 0.0)).rgb;
$effects  return vec4(color, opacity);
}
""")

SLOPE = """\
  vec3 slope = gradient(at, volume) * scales[channel] * in_volume_scale[channel].r;
"""

LIT = Template("""\
  color = lit(color, slope, -computeRayDirection()) * (1.0 - $cue * farness(at));
""")

THINNED = """\
  float share = extinctionShare(channel, length(slope));
  opacity = opacity < 1.0 ? 1.0 - pow(1.0 - opacity, share) : float(share > 0.0);
"""

LIGHT = Template("""\
  toLight = $toward;
  diffuse += $diffuse * max(dot(normal, toLight), 0.0) * $color;
  specular += $specular * pow(max(dot(normal, normalize(toLight + toEye)), 0.0), $shininess) * $color;
""")

ONE_CHANNEL = Template("""
vec4 computeColor(vec4 scalar, float opacity) {
  vec3 at = g_dataPos;
$refined  return sampleColor(at, scalar.w, opacity, in_colorTransferFunc_0[0], in_volume[0], 0);
}
""")

REFINED = """\
  float here = texture3D(in_volume[0], at).r, before = texture3D(in_volume[0], at - g_dirStep).r;
  if (isnan(before)) return vec4(0.0);
  float wanted = (scalar.w - in_volume_bias[0].r) / in_volume_scale[0].r;
  if (here != before) at -= g_dirStep * clamp((here - wanted) / (here - before), 0.0, 1.0);
"""
"""From the first sample behind an isosurface back to the surface; behind a hole there is none."""

SEVERAL_CHANNELS = """
vec4 computeColor(vec3 at, vec4 scalar, float opacity, const in sampler2D colors, const in sampler3D volume,
                  const in sampler2D opacities, const int channel) {
  return sampleColor(at, scalar.w, opacity, colors, volume, channel);
}
"""


def color_code(mode: DVR | Iso, look: Look, ranges: Sequence[Range], level: Level) -> str:
    """GLSL in place of VTK's `computeColor`; `ranges` are the lowest and the highest of each channel's values."""
    curves = [transfer.gradient_opacity if isinstance(mode, DVR) else () for transfer in look.transfers]
    effects = SLOPE if mode.shaded or any(curves) else ""
    effects += THINNED if any(curves) else ""
    effects += LIT.substitute(cue=number(look.style.shading.depth_cue)) if mode.shaded else ""
    sample = SAMPLE_COLOR.substitute(
        gradient=GRADIENTS[look.style.shading.gradient],
        curves="".join(
            _curve(channel, curve, level.voxel_length / transfer.unit_distance)
            for channel, (curve, transfer) in enumerate(zip(curves, look.transfers, strict=True))
        ),
        floor=number(look.style.shading.floor),
        ambient=number(look.style.shading.ambient),
        lights="".join(_light(light, look.style.shading) for light in look.style.lights),
        count=len(ranges),
        scales=", ".join(_scale(t, r, level) for t, r in zip(look.transfers, ranges, strict=True)),
        effects=effects,
    )
    if len(ranges) > 1:
        return sample + SEVERAL_CHANNELS
    return sample + ONE_CHANNEL.substitute(refined=REFINED if isinstance(mode, Iso) else "")


def number(x: float) -> str:
    """A GLSL literal."""
    return repr(float(x))


def vector(xyz: Vec3) -> str:
    """A GLSL vec3."""
    return f"vec3({', '.join(map(number, xyz))})"


def _scale(transfer: TransferFunction, values: Range, level: Level) -> str:
    """What turns a gradient per voxel of values between 0 and 1 into shares of the window per smallest voxel side."""
    low, high = transfer.window
    share = (values[1] - values[0]) / (high - low) * level.voxel_length
    x, y, z = to_world(level.spacing)
    return vector((share / x, share / y, share / z))


def _curve(channel: int, points: Points, unit: float) -> str:
    """The curve of one channel, at slopes that count `unit` times what its points do."""
    if not points:
        return ""
    xs, ys = [x * unit for x, _ in points], [y for _, y in points]
    code = f"  if (channel == {channel}) {{\n    if (slope <= {number(xs[0])}) return {number(ys[0])};\n"
    for k in range(1, len(points)):
        if xs[k] > xs[k - 1]:
            share = f"(slope - {number(xs[k - 1])}) / {number(xs[k] - xs[k - 1])}"
            code += f"    if (slope < {number(xs[k])}) return mix({number(ys[k - 1])}, {number(ys[k])}, {share});\n"
    return f"{code}    return {number(ys[-1])};\n  }}\n"


def _light(light: Light, shading: Shading) -> str:
    return LIGHT.substitute(
        toward="toEye" if isinstance(light, Headlight) else vector(scale(normalize(light.direction), -1)),
        diffuse=number(shading.diffuse),
        specular=number(shading.specular),
        shininess=number(shading.shininess),
        color=vector(scale(light.color, light.intensity)),
    )
