#!/usr/bin/env bash
# What a GPU does with the refiner: bash benchmarks/gpu/run.sh [SECTION...]. On a bare machine it takes what Python lacks
# from .gpu/ (make gpu-kit); without such a kit it makes the environment of `make test`.
# PYTHON: the Python that has torch. SITE: a folder that keeps what is unpacked for the next call.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
kit=${GPU_KIT:-.gpu}
site=${SITE:-}
if [ -z "$site" ]; then
    site=$(mktemp -d)
    trap 'rm -rf "$site"' EXIT
fi
if [ -d "$kit" ]; then
    [ -e "$site/unpacked" ] || "$python" benchmarks/gpu/unpack.py "$kit" "$site"
    mkdir -p "$site" && touch "$site/unpacked"
elif ! "$python" -c 'import annotated_doc, annotated_types, filelock, h5py, onnx, onnxruntime, onnxscript, torch, tqdm, typer' 2>/dev/null; then
    make .venv/.ready
    python=.venv/bin/python
fi
export PYTHONPATH="$site:$PWD:$PWD/cli:$PWD/exporters${PYTHONPATH:+:$PYTHONPATH}"
"$python" -m benchmarks.gpu "$@"
