# `make demo` and `make test` set everything up by themselves: Python 3.11 (venv), make and a package registry are enough.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test accuracy lint types bench lock clean

demo: $(VENV)/.runtime
	$(BIN)/python run_audit.py demo

test: $(VENV)/.dev lint types
	$(BIN)/python -m pytest -n 2 --dist loadgroup

# Prints a table of how right the extractors are, and fails below the floors; `make test` holds the same floors.
accuracy: $(VENV)/.dev
	$(BIN)/python -m tests.accuracy

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(VENV)/.dev: requirements-dev.lock | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@ $(VENV)/.runtime

# CASE="throughput memory night second-night extraction": all where none is named, the whole takes about half an hour.
bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench $(CASE)

# Needs uv. Writes names, versions and hashes; the registry is whichever pip is set up for.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements.lock requirements.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements-dev.lock requirements-dev.in

clean:
	rm -rf $(VENV) var build dist *.egg-info
