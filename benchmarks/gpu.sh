#!/usr/bin/env bash
# What a GPU does with the refiner: CUDA, parity, throughput, CUDA graphs, precision. Prints one table.
# Takes the environment of `make test`, or the Python that is there where it can already import everything.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
if ! "$python" -c 'import h5py, onnx, onnxruntime, onnxscript, torch, typer' 2>/dev/null; then
    make .venv/.ready
    python=.venv/bin/python
fi
export PYTHONPATH=.:cli:exporters${PYTHONPATH:+:$PYTHONPATH}
exec "$python" -m benchmarks.gpu "$@"
