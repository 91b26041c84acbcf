"""Conventions of gaze labels, and the angles that they stand for.

In: numbers and the attributes beside them. Out: unit vectors or pitch and yaw whose signs are known.
"""
