"""How far the iris moved when an eye was refined: the price of refining, in pixels.

In: pairs of pictures. Out: shifts, by row and by region of the gaze.
"""
