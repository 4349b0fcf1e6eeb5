# One target each; every one of them does all of its own set-up, in a virtual environment of its own.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed
DEVTOOLS_STAMP := $(VENV)/.devtools-installed
# Two more than there are processors: the slowest tests wait for terminals and clocks.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 2)))

.PHONY: run demo devtools test lint snapshots snapshots-update bench pictures lock clean

run: $(RUN_STAMP)
	@if [ -t 0 ] && [ -t 1 ] && [ -t 2 ]; then exec $(BIN)/pftui $(ARGS); fi; \
	echo "pftui is installed, but its console needs a terminal, and there is none here. Without one, these do the same:"; \
	echo "  $(BIN)/pftui init --org ORGANIZATION --name NAME --email EMAIL --password-file FILE"; \
	echo "  $(BIN)/pftui service-accounts create NAME --team TEAM --role ROLE --as EMAIL --password-file FILE >KEYFILE"; \
	echo "  $(BIN)/pftui verify --team TEAM <KEYFILE"

demo: $(RUN_STAMP)
	@$(BIN)/pftui --demo $(ARGS)

test: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --ignore=tests/snapshots $(ARGS)

# The demo with Textual's developer tools attached; .venv/bin/textual console, in another terminal, shows its log.
devtools: $(DEVTOOLS_STAMP)
	@$(BIN)/python tools/devtools.py

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

snapshots: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(WORKERS) tests/snapshots $(ARGS)

snapshots-update: $(DEV_STAMP)
	$(BIN)/python -m pytest tests/snapshots --snapshot-update $(ARGS)

bench: $(DEV_STAMP)
	$(BIN)/python -m benchmarks $(ARGS)

# The README's pictures, from the real program (needs Chromium to turn SVG into PNG).
pictures: $(DEV_STAMP)
	$(BIN)/python docs/make_pictures.py

# Rewrites constraints.txt with what the ranges in pyproject.toml give today.
lock:
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/pip install --quiet --upgrade pip
	.lock-venv/bin/pip install --quiet -e . --group dev --group devtools
	{ grep '^#' constraints.txt; .lock-venv/bin/pip freeze --exclude-editable; } > constraints.new
	mv constraints.new constraints.txt
	rm -rf .lock-venv

clean:
	rm -rf $(VENV) build dist *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "pftui needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "Python's venv module is missing: on Debian and Ubuntu, apt-get install python3-venv" >&2; exit 1; }

$(RUN_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing pftui …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . --constraint constraints.txt
	@touch $@

$(DEV_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . --group dev --constraint constraints.txt
	@touch $@ $(RUN_STAMP)

$(DEVTOOLS_STAMP): $(DEV_STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group devtools --constraint constraints.txt
	@touch $@
