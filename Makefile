# DistSync's commands. `make up` runs it, `make test` tests it; both bring what they need from Python 3.11 and make alone.

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11
INSTALL_FLAGS := --quiet --require-hashes --python $(BIN)/python
TEST_PROCESSES ?= 2
.DEFAULT_GOAL := help
.PHONY: help up down backup restore test bench soak lint format lock clean chromium

help: ## Say what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

up: $(VENV)/.runtime ## Run everything: DISTSYNC_PORT (8000), DISTSYNC_DATA (var/), DISTSYNC_DEMO (live, off)
	@$(BIN)/python -m distsync.stack up

down: $(VENV)/.runtime ## End what runs on DISTSYNC_DATA, also what a killed run left
	@$(BIN)/python -m distsync.stack down

backup: $(VENV)/.runtime ## Write one file with everything in it, also while it runs (FILE=…, default <data>/backups/…)
	@$(BIN)/python -m distsync.stack backup $(if $(FILE),"$(FILE)")

restore: $(VENV)/.runtime ## Make the system on DISTSYNC_DATA again from FILE=…, which backup wrote
	@test -n "$(FILE)" || { echo "Name the file: make restore FILE=var/backups/distsync-….dump"; exit 2; }
	@$(BIN)/python -m distsync.stack restore "$(FILE)"

test: $(VENV)/.dev chromium ## Run the gates and all tests, browser ones too (TEST_PROCESSES=2)
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES)

bench: $(VENV)/.dev ## Measure the whole system beside its yardsticks, as JSON (BENCH="--quick end_to_end")
	@$(BIN)/python -m bench $(BENCH)

soak: $(VENV)/.dev ## Break every part under load, check each law: SOAK_MINUTES (10), SOAK_SEED, SOAK_ROUNDS, SOAK_SCENARIOS
	@$(BIN)/python -m soak

lint: $(VENV)/.dev ## Run the gates alone: ruff, its format, mypy, the rooms' layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy apps distsync manage.py
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lock: $(UV) ## Compile requirements/*.in into the lock (hashes, every platform)
	$(COMPILE) requirements/bootstrap.in --output-file requirements/bootstrap.txt
	$(COMPILE) requirements/runtime.in --output-file requirements/runtime.txt
	$(COMPILE) requirements/dev.in --output-file requirements/dev.txt

clean: ## Remove the environment and the caches; the data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles test-results
	find apps distsync tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The browser tests drive the system's Chromium. Root gets it by apt; anybody else is told.
chromium:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests ..."; \
		(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium) >/dev/null \
			|| echo "Chromium could not be installed by apt: the browser tests will fail. Install it by hand and run make test again."; \
	else echo "Chromium is missing: the browser tests will fail. Install it (Debian: apt-get install chromium) and run make test again."; fi

# Python 3.11 or newer under any of its names; first one whose build is optimised, as a distribution's is (a fifth faster than
# a plain build from source), and one that can make a virtual environment.
$(BIN)/python:
	@for build in optimised any; do \
		for python in $${PYTHON:-/usr/bin/python3 python3 python3.11 python3.12 python3.13 python3.14}; do \
			"$$python" -c 'import sys, sysconfig; sys.exit(sys.version_info < (3, 11) or (sys.argv[1] == "optimised" and "--enable-optimizations" not in (sysconfig.get_config_var("CONFIG_ARGS") or "")))' $$build 2>/dev/null || continue; \
			"$$python" -m venv $(VENV) >/dev/null 2>&1 && exit 0; \
			rm -rf $(VENV); seen="$$python"; \
		done; \
	done; \
	if [ -n "$$seen" ]; then echo "$$seen cannot make a virtual environment. Install its venv module (Debian: apt-get install python3-venv)."; \
	else echo "DistSync needs Python 3.11 or newer, and none was found. Install one, or name it: make PYTHON=/path/to/python3 up"; fi; exit 1

$(UV): requirements/bootstrap.txt | $(BIN)/python
	@echo "Bringing uv into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $(UV)

# dev.txt holds all of runtime.txt: where it is installed, the runtime is never synced down to itself again.
$(VENV)/.runtime: requirements/runtime.txt | $(UV)
	@echo "Installing what DistSync needs ..."
	@if [ -e $(VENV)/.dev ]; then $(UV) pip install $(INSTALL_FLAGS) -r requirements/runtime.txt; \
	else $(UV) pip sync $(INSTALL_FLAGS) --compile-bytecode requirements/runtime.txt; fi
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(UV)
	@echo "Installing what the tests need ..."
	@$(UV) pip sync $(INSTALL_FLAGS) requirements/dev.txt
	@touch $(VENV)/.runtime $@
