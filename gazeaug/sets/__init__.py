"""Labelled sets: split, matched to a target's gaze, mixed, and searched for pictures that two of them share.

In: eye files. Out: eye files.
"""
