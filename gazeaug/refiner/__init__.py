"""The networks and losses of SimGAN (Shrivastava et al. 2017).

In: batches of pictures as torch tensors in -1..1. Out: refined pictures, scores of patches, losses.
Knows nothing of files or of training runs.
"""
