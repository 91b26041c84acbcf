"""How any source becomes an eye file: its items or blocks of rows in order, unit by unit, resumable.

In: a reader of one item or block. Out: an eye file, and a list of what could not be read.
"""
