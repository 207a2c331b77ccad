# Needs Python 3.11 and make, nothing else. Paths are relative, so the folder may lie anywhere, spaces included.
ifeq ($(OS),Windows_NT)
PYTHON ?= py -3.11
BIN := .venv/Scripts
else
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
endif
RUN := "$(BIN)/python"
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --no-deps
OTHER_DUCKDB := 1.0.0 1.1.3 1.4.4 2.0.0

.PHONY: demo ui test lint bench fuzz clean

demo: .venv/product  ## Sample extracts through the whole nightly job
	$(RUN) -m pipelines.cli demo

ui: .venv/product  ## Dagster on this machine
	$(RUN) -m pipelines.cli ui

test: .venv/tests $(OTHER_DUCKDB:%=.duckdb-versions/%)
	$(RUN) -m pytest -n logical --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: .venv/tests
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m pyright
	$(RUN) -m sqlfluff lint --processes 2 sql

bench: .venv/tests
	$(RUN) -m benchmarks $(BENCH_ARGS)

fuzz: .venv/tests  ## Mutated files through the real door; FUZZ_ARGS="--seed 2 --count 1000"
	$(RUN) -m tests.fuzz $(FUZZ_ARGS)

clean:  ## Everything that was made at run time stays; only the set-up goes
	$(PYTHON) -c "import shutil; [shutil.rmtree(d, ignore_errors=True) for d in ('.venv', '.duckdb-versions')]"

.venv/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info[:2] != (3, 11) and 'Python 3.11 is needed; set PYTHON=/path/to/python3.11')"
	$(PYTHON) -m venv .venv
	$(RUN) -c "open('.venv/python', 'w').close()"

.venv/product: .venv/python requirements/run.lock pyproject.toml
	$(INSTALL) --require-hashes --requirement requirements/run.lock
	$(INSTALL) --no-build-isolation --editable .
	$(RUN) -c "open('.venv/product', 'w').close()"

.venv/tests: .venv/product requirements/dev.lock
	$(INSTALL) --require-hashes --requirement requirements/dev.lock
	$(RUN) -c "open('.venv/tests', 'w').close()"

.duckdb-versions/%: requirements/duckdb-%.lock .venv/python
	$(INSTALL) --require-hashes --upgrade --target $@ --requirement $<
