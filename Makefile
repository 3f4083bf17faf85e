# make run: talk to CloudMart.   make test: prove that it works.   make check: what CI keeps.

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5005
SANDBOX_PORT := 5080
SANDBOX_ANSWERS := import urllib.request as u; u.urlopen("http://127.0.0.1:$(SANDBOX_PORT)/livez", timeout=1)
PYTEST ?= --numprocesses auto --dist loadfile  # give others on the command line: PYTEST="-x tests/engine"
PYTHONS := python3.11 python3.12 python3.13 python3.14 python3

.DEFAULT_GOAL := help
.PHONY: help run test check compat-live bench clean

help:  ## Say what there is.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

run: $(VENV)/.for-run  ## Install, train what has changed, start the shop and the assistant; Ctrl-C ends both.
	@$(BIN)/bespeak encoder install || echo "No encoder weights: training goes on without them."
	@$(BIN)/bespeak train
	@$(BIN)/python -m sandbox --port $(SANDBOX_PORT) --db sandbox.db --fresh & sandbox=$$!; server=; \
	trap 'kill $$server $$sandbox 2>/dev/null; wait' EXIT; \
	trap 'exit 130' INT; trap 'exit 143' TERM; \
	until $(BIN)/python -c '$(SANDBOX_ANSWERS)' 2>/dev/null; do \
	  kill -0 $$sandbox 2>/dev/null || { echo "The sandbox did not start: is port $(SANDBOX_PORT) taken?" >&2; exit 1; }; \
	  sleep 0.2; \
	done; \
	echo "CloudMart is starting on http://127.0.0.1:$(PORT). In another terminal: $(BIN)/bespeak shell"; \
	$(BIN)/bespeak run --interface 127.0.0.1 --port $(PORT) & server=$$!; \
	wait $$server

test: $(VENV)/.for-test  ## Install what the tests need and run them all.
	$(BIN)/pytest $(PYTEST)

check: $(VENV)/.for-test  ## Format, lint, types, floors, tests.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(PYTEST)

compat-live: $(VENV)/.for-test  ## Run Rasa 3.6.21 and Bespeak side by side (needs Python 3.10).
	$(BIN)/python -m tests.compat.live

bench: $(VENV)/.for-test  ## Measure, and write docs/benchmarks.md.
	$(BIN)/python -m benchmarks

clean:  ## Remove the virtual environments, models, databases and caches.
	rm -rf .venv .venv-* .bespeak .rasa models results sandbox.db* conversations.db*
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name node_modules -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf

# An installed environment is remembered by a file newer than pyproject.toml. Modules are compiled
# when they are first imported, which leaves out a quarter of the size.
$(VENV)/.for-run: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[assistant]'
	@touch $@

$(VENV)/.for-test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[dev]'
	@$(BIN)/bespeak encoder install || echo "No encoder weights: the tests that need them are skipped."
	@if command -v npm >/dev/null; then \
	  npm install --prefix tests/e2e/browser --no-package-lock --no-audit --no-fund --silent \
	    || echo "No playwright-core: the tests in a browser are skipped."; \
	fi
	@touch $@ $(VENV)/.for-run

$(BIN)/python:
	@for python in $(PYTHONS) "$$HOME"/.pyenv/versions/3.1[1-4].*/bin/python; do \
	  if $$python -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; \
	  then echo "Making $(VENV) with $$python"; exec $$python -m venv $(VENV); fi; \
	done; \
	echo "Bespeak needs Python 3.11, 3.12, 3.13 or 3.14 with its venv module" >&2; \
	echo "(on Debian and Ubuntu: apt-get install python3 python3-venv)." >&2; exit 1
