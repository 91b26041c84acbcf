"""ONNX Runtime: a model opened on the provider that was asked for, in the precision that was asked for.

In: an ONNX file and uint8 batches. Out: refined uint8 batches. Imports no torch.
"""
