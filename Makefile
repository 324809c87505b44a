# Stocktake. `make run` and `make test` are all that a fresh machine with Python 3.11+ needs.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup run test test-all serve lint format generate docs osi bench lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: .venv/.installed ## Create .venv from requirements.lock

.venv/.installed: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Stocktake needs Python 3.11 or newer, and there is no '$(PYTHON)'; install it or say which to use: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Stocktake needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1); say which to use: make PYTHON=/path/to/python3.11"; exit 1; }
	@mkdir -p .venv 2>/dev/null && test -w .venv || { echo "Stocktake cannot write to $(CURDIR): the folder or disk is read-only; clone it to a place where you may write."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "'$(PYTHON)' lacks the venv module; install it (on Debian: apt-get install python3-venv)."; exit 1; }
	@echo "Setting up .venv (about a minute, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## Run the whole pipeline once; without a configured district, on a generated one
	@$(BIN)/stocktake run

serve: setup ## Dagster UI on port 3000 and metrics API on port 8000; Ctrl-C stops both
	@$(BIN)/stocktake serve

test: setup ## Every test except the slow proofs
	@$(BIN)/python -m pytest -m "not slow" --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-all: setup ## Every test
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: setup ## ruff, mypy, sqlfmt, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfmt --check --quiet dbt_project
	@$(BIN)/lint-imports --no-cache

format: setup ## Put code and SQL into the form that lint expects
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .
	@$(BIN)/sqlfmt --quiet dbt_project

generate: setup ## Write the files that follow from the sources' mappings
	@$(BIN)/python -m orchestration.generated_files

docs: setup ## Write the documentation of all models as one page to build/docs
	@$(BIN)/python -m orchestration.docs_site

osi: setup ## Write the metrics in the Open Semantic Interchange format to build/osi
	@$(BIN)/python -m orchestration.osi_export

bench: setup ## Time and memory against named baselines, as ratios
	@$(BIN)/python -m tests.bench

lock: ## Renew requirements.lock from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock

clean: ## Remove everything that was generated, the sample district and snapshots included
	rm -rf .venv data build logs *.egg-info dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
