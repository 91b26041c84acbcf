"""The data sets that people have: UnityEyes, MPIIGaze, ETH-XGaze and others, one module a format.

In: a folder or file as it was downloaded. Out: items or blocks of rows for `preparing`. Imports no torch.
"""
