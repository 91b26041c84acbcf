"""What a set is worth: gaze estimators trained on it, realism without labels, and people's eyes.

In: eye files. Out: tables and pages with intervals.
"""
