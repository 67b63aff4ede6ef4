# Every target sets up what it needs: a fresh machine needs Python 3.11+ and make, nothing else.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Half as many again as there are cores: a third of the time that tests of screens take is waiting.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n + (n + 1) / 2)))

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench soak screenshots integration clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## */  make \1	/' | expand -t 22

# mypy reads the tests too, so one environment serves run, test and check.
$(VENV)/.ready: pyproject.toml tests/constraints.txt
	@test -n "$(PYTHON)" || { echo "Paceline needs Python 3.11, 3.12 or 3.13 on the PATH (or make PYTHON=...)." >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -c tests/constraints.txt -e '.[test,check]'
	@touch $@

$(VENV)/.bench: $(VENV)/.ready
	@$(PIP) -c tests/constraints.txt -e '.[test,check,bench]'
	@touch $@

demo: $(VENV)/.ready  ## the screens on a simulated fleet of real SSH servers on loopback
	@$(BIN)/paceline demo

test: $(VENV)/.ready  ## the tests that need nothing but Python
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not integration" $(ARGS)

integration: $(VENV)/.ready  ## the tests against real OpenSSH and FRR (root; .ci/run installs both)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m integration $(ARGS)

check: $(VENV)/.ready  ## format, lint, types, import contracts
	$(BIN)/ruff format --check app tests
	$(BIN)/ruff check app tests
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.ready  ## put the sources into the agreed format
	$(BIN)/ruff format app tests
	$(BIN)/ruff check --fix app tests

bench: $(VENV)/.bench  ## speed and memory against the peers, as JSON; fails under the floor
	@$(BIN)/python -m tests.bench $(ARGS)

soak: $(VENV)/.ready  ## twenty rounds of 2,000 scripted devices: memory and open files must not grow
	@$(BIN)/python -m tests.bench.soak

screenshots: $(VENV)/.ready  ## draw screenshots/*.svg anew
	@$(BIN)/python -m tests.screenshots screenshots

clean:  ## drop the environment and the caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
