"""Training a refiner: Algorithm 1 of Shrivastava et al. 2017.

In: a rendered and a real eye file, and a `TrainConfig`. Out: a run directory.
"""
