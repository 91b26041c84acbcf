"""From a trained refiner to a deployable file, and the proof that both agree."""

from gazeaug_exporters.onnx_export import ExportReport, export_onnx

__all__ = ["ExportReport", "export_onnx"]
