# make run     the app, on the embedded default: no keys, no network needed after the first time
# make test    all tests, a real browser included
# make check   style, types, import rules, secrets
# make bench   the figures of docs/benchmarks.md
# make load    a thousand streams at once
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: run test check bench load format clean
.DEFAULT_GOAL := run

run: $(VENV)/.runs
	$(BIN)/python workbench.py serve $(ARGS)

test: $(VENV)/.tests
	$(BIN)/python tests/needs.py
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/python -m pytest tests/house_rules

bench: $(VENV)/.tests
	$(BIN)/python tests/needs.py
	$(BIN)/python -m tests.bench $(ARGS)

load: $(VENV)/.tests
	$(BIN)/python -m tests.load $(ARGS)

format: $(VENV)/.tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Two stamps, so that running the app never installs what only tests need. Nothing is fetched while the lists are unchanged.
$(VENV)/.runs: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Firstword needs Python 3.11 or newer: make PYTHON=python3.11 run")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Install venv first: sudo apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m compileall -q bench providers workbench.py
	@touch $@

$(VENV)/.tests: requirements-dev.txt $(VENV)/.runs
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
