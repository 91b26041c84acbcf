"""How any source becomes an eye file: planned, read and written unit by unit, joined; resumable.

In: a source, which reads items or parts in order. Out: an eye file, and a list of what could not be read.
"""
