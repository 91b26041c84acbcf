"""Picture files as people have them, decoded and cropped without ever squashing them.

In: a file of any mode, orientation and size. Out: uint8 arrays.
"""
