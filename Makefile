PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test lint bench slow faults

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("gazeaug needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	touch $@

demo: $(READY)  ## the whole job on sample data, with a table and pictures in demo/
	$(BIN)/gazeaug demo

test: $(READY)  ## everything that is neither slow nor a benchmark
	$(BIN)/python -m pytest -m "not slow and not gpu"

faults: $(READY)  ## kills, full disks, damaged files and failing providers
	$(BIN)/python -m pytest -m slow tests/faults

slow: $(READY)  ## tests that take minutes
	$(BIN)/python -m pytest -m slow

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)  ## speed and memory, as ratios measured in one run
	$(BIN)/python -m benchmarks
