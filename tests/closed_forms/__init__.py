"""What each mode shows, in numbers derived by hand: one class a theme, for every renderer that draws it.

All seen along z unless a test says otherwise: the camera is at z = -8, pixel (20, 28) is next to the middle of the box,
and its ray runs 6 world units from z = 9 to 15 past voxel centres at 10, 12 and 14. World y points down.
"""
