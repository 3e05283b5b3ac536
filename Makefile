# PostLoan. Every target works from a bare clone; `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
ARGS ?=

.PHONY: help setup setup-full system-deps demo test test-full bench check format messages lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- environment -------------------------------------------------------------------------
# Each lock is a superset of the one before it, so a larger stamp renews the smaller ones.
$(VENV)/.base: requirements/base.txt
	@scripts/bootstrap.sh $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt
	@scripts/bootstrap.sh $<
	@touch $(VENV)/.base $@

$(VENV)/.e2e: requirements/e2e.txt
	@scripts/bootstrap.sh $<
	@touch $(VENV)/.base $(VENV)/.dev $@

setup: $(VENV)/.dev ## build .venv with the tools of development; install or name system packages
	@$(PY) scripts/system_packages.py

setup-full: $(VENV)/.e2e ## the same with what the browser tests need (Chromium)
	@$(PY) scripts/system_packages.py --browser

system-deps: ## install (as root) or name the system packages for PDF files and browser tests
	@python3 scripts/system_packages.py --browser --strict

# Each target that runs the product needs its packages, and the system's for PDF files.
.PHONY: runtime
runtime: $(VENV)/.base
	@$(PY) scripts/system_packages.py

# --- run ---------------------------------------------------------------------------------
demo: runtime ## a running product with a demo portfolio on SQLite; Ctrl-C stops it
	@$(PY) manage.py demo $(ARGS)

# --- check -------------------------------------------------------------------------------
# Two workers; a file's tests stay together, so that its fixtures are built once.
WORKERS ?= 2
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile
# The quick run is SQLite and nothing else, whatever the caller's environment says.
QUICK := env -u DATABASE_URL -u REDIS_URL
FULL_DATABASE_URL := $(or $(DATABASE_URL),postgres://postgres@127.0.0.1:5432/postloan)
FULL_REDIS_URL := $(or $(REDIS_URL),redis://127.0.0.1:6379/9)

test: setup ## the quick suite on SQLite; ARGS="tests/loans -k floor" narrows it
	@$(QUICK) $(PYTEST) --ignore=tests/browser -m "not services and not browser and not long" $(ARGS)

test-full: setup-full ## the same suite on PostgreSQL and Redis, plus the browser tests
	@DATABASE_URL=$(FULL_DATABASE_URL) REDIS_URL=$(FULL_REDIS_URL) $(PYTEST) $(ARGS)

bench: $(VENV)/.base ## the benchmark; ARGS="--loans 1000000"
	@$(PY) -m bench $(ARGS)

CHECKS := lint style imports types templates system migrations texts vendored
.PHONY: $(addprefix check-,$(CHECKS))
check: $(addprefix check-,$(CHECKS)) ## lint, format, import contracts, types, templates, migrations, messages

check-lint: setup
	@echo "ruff check"
	@$(BIN)/ruff check --quiet .

check-style: setup
	@echo "ruff format --check"
	@$(BIN)/ruff format --check .

check-imports: setup
	@echo "lint-imports"
	@$(BIN)/lint-imports --no-cache > $(VENV)/.lint-imports || { cat $(VENV)/.lint-imports; exit 1; }

check-types: setup
	@echo "mypy"
	@$(QUICK) $(BIN)/mypy --no-error-summary

check-templates: setup
	@echo "djlint"
	@$(BIN)/djlint templates --lint --quiet

check-system: setup
	@echo "manage.py check"
	@$(QUICK) $(PY) -W error::DeprecationWarning manage.py check --fail-level WARNING

check-migrations: setup
	@echo "makemigrations --check"
	@$(QUICK) DATABASE_URL=sqlite://:memory: $(PY) manage.py makemigrations --check --dry-run

check-texts: setup
	@echo "messages"
	@$(PY) scripts/messages.py check

check-vendored: setup
	@echo "vendored files"
	@$(PY) scripts/vendor.py verify

# --- change ------------------------------------------------------------------------------
format: $(VENV)/.dev ## let ruff put files and imports in order
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

messages: $(VENV)/.dev ## take new texts into the Chinese catalogue and compile it
	@$(PY) scripts/messages.py update

lock: ## renew requirements/*.txt (needs uv); UPGRADE=1 takes newer versions
	@command -v uv >/dev/null || { echo "lock: uv is needed (pip install uv)"; exit 1; }
	@for name in base dev e2e; do \
	    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	        --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) \
	        requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done

clean: ## remove .venv and caches; var/ (database, uploaded files) stays
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
