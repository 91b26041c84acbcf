# Not built or run by the authors' tests: no container engine or GPU was at hand when it was written; reviewed line by line.
#
# Build, with BuildKit (the default since Docker 23). The image has several GB, most of it PyTorch with CUDA, cuDNN and cuBLAS:
#     docker build -t gazeaug .
# Run, with the NVIDIA Container Toolkit, on the current folder and with your own user, so that the outputs are yours:
#     docker run --rm --gpus all gazeaug doctor
#     docker run --rm --gpus all --user "$(id -u):$(id -g)" -v "$PWD:/data" gazeaug refine-dataset unityeyes.h5 --labels look_vec
# Without a GPU leave out --gpus all: everything then runs on the CPU.
# For a DataLoader with workers of your own, in a shell in the container, add --ipc=host.

# "base" holds CUDA's own runtime alone (libcudart) and asks the driver for CUDA 13, which onnxruntime-gpu >= 1.27 and
# PyTorch >= 2.11 are made for. "runtime" and "cudnn" would add what PyTorch's wheels bring anyway: cuBLAS, cuDNN 9, cuRAND, cuFFT,
# NVRTC, in site-packages/nvidia. gazeaug/runtime/cuda.py loads them from there for ONNX Runtime, so nothing is set in LD_LIBRARY_PATH.
FROM nvidia/cuda:13.0.2-base-ubuntu24.04

# Ubuntu 24.04 has Python 3.12; its pip refuses to install beside the system's packages, hence the environment.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/gazeaug

ENV PATH=/opt/gazeaug/bin:$PATH

# The source is lent to this step (rw: what the build writes there is dropped) and the wheels stay in the build cache, so the image
# holds neither. constraints.txt pins the PyTorch that the tests run with. The extra "eyes" is left out: it pins an old protobuf.
RUN --mount=type=bind,target=/source,rw \
    --mount=type=cache,target=/root/.cache/pip \
    pip install -c /source/constraints.txt '/source[all]'

# Where any user may write: matplotlib's list of fonts, PyTorch's caches.
ENV HOME=/var/tmp MPLCONFIGDIR=/var/tmp/matplotlib PYTHONUNBUFFERED=1

# Ubuntu 24.04's ordinary user, id 1000; --user above takes its place.
RUN install -d -o ubuntu -g ubuntu /data
USER ubuntu
WORKDIR /data

ENTRYPOINT ["gazeaug"]
CMD ["--help"]
