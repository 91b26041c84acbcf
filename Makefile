PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

EYES := .venv-eyes
EYES_READY := $(EYES)/.ready

.PHONY: demo test test-eyes lint docs docs-serve bench slow faults gpu gpu-kit

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("gazeaug needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	touch $@

demo: $(READY)  ## the whole job on sample data, with a table and pictures in demo/
	$(BIN)/gazeaug demo

# One process a core and one more, since some tests wait for a browser or for jobs. Whoever is done first takes over from
# the others, and each computes with one thread.
WORKERS := $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test: $(READY)  ## everything that is neither slow nor a benchmark
	$(PYTEST) -m "not slow and not gpu"

# The face finder wants protobuf < 5, so it never meets the packages of .venv.
$(EYES_READY): pyproject.toml constraints.txt
	test -x $(EYES)/bin/python || $(PYTHON) -m venv $(EYES)
	$(EYES)/bin/python -m pip install --quiet -c constraints.txt -e ".[eyes,video]" "pytest>=8.3" "scikit-image>=0.24"
	touch $@

test-eyes: $(EYES_READY)  ## finding faces in photographs
	$(EYES)/bin/python -m pytest tests/photos/test_mediapipe_faces.py tests/photos/test_real_photographs.py tests/photos/test_kill.py

faults: $(READY)  ## kills, full disks, damaged files and failing providers
	$(BIN)/python -m pytest -m slow tests/refining/test_faults.py

slow: $(READY)  ## what takes minutes: fifty kills, twenty thousand damaged sources, intervals of gaze errors
	$(PYTEST) -m "slow and not gpu"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs

docs: $(READY)  ## the documentation as a site in site/; any warning fails, and nothing is loaded from elsewhere
	$(MKDOCS) build --strict

docs-serve: $(READY)  ## the same on http://127.0.0.1:8000, built again whenever a page changes
	$(MKDOCS) serve --strict

bench: $(READY)  ## speed and memory, as ratios measured in one run
	$(BIN)/python -m benchmarks

ARCH ?= 90

gpu: $(READY)  ## what a GPU does with the refiner, section by section; without one it says what it skips
	PYTHON=$(BIN)/python bash benchmarks/gpu/run.sh

gpu-kit: $(READY)  ## what that needs on a bare machine without a network, in .gpu/; ARCH is its compute capability times ten
	$(BIN)/python -m benchmarks.gpu.kit --arch $(ARCH)
