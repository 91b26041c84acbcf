"""Sample data made on the spot: a small procedural renderer of eyes with true gaze.

In: a number of eyes and a seed. Out: rendered eyes with labels, and camera eyes.
"""
