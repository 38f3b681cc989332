# `make demo` sets everything up and serves the sample volumes; `make test` runs what CI runs.

VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
STREAMING_PEERS := .venv-peers-streaming
# The first Python of 3.11 or newer: the system's own, else one beside it.
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
export PYTHON

.PHONY: demo test lint types imports pytest soak system system-dev bench-peers bench-peers-streaming clean

demo: system $(VENV)/.installed
	@$(BIN)/voxelcast serve

# What waits for a network beside what unpacks, and what takes one core beside what takes another.
test: system-dev
	@$(MAKE) --no-print-directory -j 2 $(VENV)/.installed-dev $(VENV)/.installed-clients
	@$(MAKE) --no-print-directory -j 2 --output-sync=target lint types imports
	@$(MAKE) --no-print-directory pytest

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

# Two files at a time: half of them wait for a browser. With three on two processors, browsers give up.
pytest:
	$(BIN)/pytest -n 2 --dist loadfile

# Two minutes of what benchmarks/soak.py does for thirty.
soak: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.soak --minutes 2 --renderer null --healthy 0.5 --growth 0.05

system:
	@./setup-system.sh

system-dev:
	@./setup-system.sh --dev

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "voxelcast: needs Python 3.11 or newer, and found none: apt-get install python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "voxelcast: installing the package and what it needs (some 900 MB, a minute or two) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# Modules are compiled when they are first imported: most of them never are, and it takes 20 s.
$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "voxelcast: installing the package and what it needs (some 1.3 GB, a few minutes) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[dev]'
	@touch $@ $(VENV)/.installed

# The viewers that are programs in JavaScript, into $(VENV)/clients.
$(VENV)/.installed-clients: tests/clients/packages.txt tests/clients/install.sh | $(BIN)/python
	@tests/clients/install.sh $(VENV)/clients
	@touch $@

# What benchmarks.tiles compares with, in an environment of its own: it needs a zarr older than ours.
bench-peers: $(PEERS)/.installed

$(PEERS)/.installed: benchmarks/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# What benchmarks.streaming compares with: they need a VTK older than ours.
bench-peers-streaming: $(STREAMING_PEERS)/.installed

$(STREAMING_PEERS)/.installed: benchmarks/peers/requirements-streaming.txt benchmarks/peers/requirements-video.txt
	$(PYTHON) -m venv $(STREAMING_PEERS)
	@$(STREAMING_PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@$(STREAMING_PEERS)/bin/python -m pip install --quiet --disable-pip-version-check \
		--requirement benchmarks/peers/requirements-video.txt \
		|| echo "voxelcast: no vtk-streaming for this Python or machine: trame-rca is measured without VP9" >&2
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS) $(STREAMING_PEERS) *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
