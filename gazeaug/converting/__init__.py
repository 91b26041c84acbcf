"""Eye files in the layouts of other gaze trainers.

In: an eye file. Out: the files that their loaders expect; what was lost is said by name.
"""
