"""A training run as it stands in its folder: metrics, checkpoints, validation, diagnosis and report.

In: a run directory. Out: what can be said of the run; torch is imported only where tensors are.
"""
