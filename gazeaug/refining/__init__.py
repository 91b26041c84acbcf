"""Refining a dataset: source -> reader -> session -> writer, resumable by units, labels bit for bit.

In: eye files, an ONNX refiner and a `RefineConfig`. Out: refined eye files. Imports no torch.
"""
