"""Views drawn by VTK: the second, independent renderer. Its modules import VTK; `backends.vtk` imports them late.

VTK ends the process with a segmentation fault at its first picture where no OpenGL library is found, so nothing here is
to be called before `backends.vtk` has probed.
"""
