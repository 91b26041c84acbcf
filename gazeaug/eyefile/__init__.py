"""The eye file: HDF5 with an `image` array or group and labels of the same number of rows (format version 1).

In: a path. Out: slabs of uint8 pictures and labels as they are; and the way back, into a new file.
"""
