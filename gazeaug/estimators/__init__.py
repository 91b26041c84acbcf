"""Gaze estimators by name: one set of options, one way to train, pitch and yaw in radians.

In: pictures and gaze. Out: an estimator that answers for other pictures.
"""
