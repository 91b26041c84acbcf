"""What an exporter leaves of its machine in a model, taken out: so that the same weights are one file everywhere."""

from __future__ import annotations

from typing import Any

import onnx
from google.protobuf.message import Message

NOTES = ("doc_string", "metadata_props")  # stack traces with the folders of this machine, a few on every node


def strip_traces(model: onnx.ModelProto) -> None:
    """Clear the notes on a model and on everything in it, and the build of torch; sort what comes in no fixed order.

    Names, weights and the graph stay. The model's own metadata go too: ours are set afterwards.
    """
    strip_notes(model)
    model.producer_version = model.producer_version.partition("+")[0]
    for graph in (model.graph, *model.functions):
        infos = sorted(graph.value_info, key=lambda info: str(info.name))
        del graph.value_info[:]
        graph.value_info.extend(infos)


def strip_notes(message: Any) -> None:
    """Clear the notes of a message and of all below it."""
    for name in NOTES:
        if name in message.DESCRIPTOR.fields_by_name:
            message.ClearField(name)
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in [value] if isinstance(value, Message) else value:
                strip_notes(part)
