"""Eye files in training: a torch Dataset, samplers, and the device that training runs on.

In: an eye file. Out: rows in the order of training.
"""
