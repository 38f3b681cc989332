"""The rules of OME-NGFF 0.4, 0.5 and 0.6 as checks, strict where the reader, `render.volume.ome`, is lenient."""

from render.volume.ngff_rules.document import check_ngff
from render.volume.ngff_rules.finding import Finding
from render.volume.ngff_rules.hierarchy import check_hierarchy

__all__ = ["Finding", "check_hierarchy", "check_ngff"]
