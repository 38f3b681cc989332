"""What explains a volume in its picture: box, axes and their letters as fragments with a depth, a bar over it all.

Pure numpy: a renderer mixes the fragments in at their depth and puts the bar on top.
"""

from render.annotate.fragments import Fragments, fragments
from render.annotate.scale_bar import Overlay, scale_bar

__all__ = ["Fragments", "Overlay", "fragments", "scale_bar"]
