# One target each; every one of them does all of its own set-up, in a virtual environment of its own.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed
COMPARE_STAMP := $(VENV)/.compare-installed
DEVTOOLS_STAMP := $(VENV)/.devtools-installed
# Two more than there are processors: the slowest tests wait for terminals and clocks.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 2)))

# What the hand runs after each change: the rules, the services on SQLite, the widgets. CI runs `test`.
FAST := tests/domain tests/presentation tests/services tests/widgets

.PHONY: help run demo devtools test test-fast lint fmt snapshots snapshots-update bench bench-million pictures lock clean
.DEFAULT_GOAL := run

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-17s %s\n", $$1, $$2 }'

run: $(RUN_STAMP) ## install pftui here and start its console (ARGS="--store FILE")
	@if [ -t 0 ] && [ -t 1 ] && [ -t 2 ]; then exec $(BIN)/pftui $(ARGS); fi; \
	echo "pftui is installed, but its console needs a terminal, and there is none here. Without one, these do the same:"; \
	echo "  $(BIN)/pftui init --org ORGANIZATION --name NAME --email EMAIL --password-file FILE"; \
	echo "  $(BIN)/pftui service-accounts create NAME --team TEAM --role ROLE --as EMAIL --password-file FILE --output KEYFILE"; \
	echo "  $(BIN)/pftui verify --team TEAM <KEYFILE"

demo: $(RUN_STAMP) ## start the console on a made-up organization
	@$(BIN)/pftui --demo $(ARGS)

test: $(DEV_STAMP) ## run all tests but the snapshots (ARGS="tests/domain -x")
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --ignore=tests/snapshots $(ARGS)

# .venv/bin/textual console, in another terminal, shows its log.
devtools: $(DEVTOOLS_STAMP) ## start the demo with Textual's developer tools attached
	@$(BIN)/python tools/devtools.py

test-fast: $(DEV_STAMP) ## run the tests of the rules, the services (on SQLite) and the widgets: under a minute
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not postgresql and not thorough" $(FAST) $(ARGS)

fmt: $(DEV_STAMP) ## format the code, and mend what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: $(DEV_STAMP) ## check style, types (of the tests too) and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

snapshots: $(DEV_STAMP) ## compare every screen with its picture
	$(BIN)/python -m pytest -n $(WORKERS) tests/snapshots $(ARGS)

snapshots-update: $(DEV_STAMP) ## draw the pictures anew: look at them before you accept them
	$(BIN)/python -m pytest tests/snapshots --snapshot-update $(ARGS)

bench: $(COMPARE_STAMP) ## measure what pftui costs (see docs/benchmarks.md)
	$(BIN)/python -m benchmarks $(ARGS)

bench-million: $(COMPARE_STAMP) ## measure the same on a million accounts (the stores are made once, in minutes)
	$(BIN)/python -m benchmarks million million-ends busy-million events cores copies $(ARGS)

# From the real program.
pictures: $(DEV_STAMP) ## make the README's pictures (needs Chromium to turn SVG into PNG)
	$(BIN)/python docs/make_pictures.py

lock: ## rewrite constraints.txt with what the ranges in pyproject.toml give today
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/pip install --quiet --upgrade pip
	.lock-venv/bin/pip install --quiet -e . --group dev --group devtools --group compare
	{ grep '^#' constraints.txt; .lock-venv/bin/pip freeze --exclude-editable; } > constraints.new
	mv constraints.new constraints.txt
	rm -rf .lock-venv

clean: ## remove the virtual environment and what was built
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

# Without them, and with nothing else missing, the rows are left out.
$(COMPARE_STAMP): $(DEV_STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group compare --constraint constraints.txt \
		&& touch $@ || echo "What the verifier is put beside is not installed: its rows are left out."

$(DEVTOOLS_STAMP): $(DEV_STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group devtools --constraint constraints.txt
	@touch $@
