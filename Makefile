# Everything that people and CI do with this checkout. Each target sets up .venv by itself.

SHELL := bash
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= python3
TARGETS ?= ../shared/targets
APPLICATIONS ?= acapy chromadb prefect superset

.DEFAULT_GOAL := help
.PHONY: help install demo test check lint format golden bench docs clean

help: ## Show this help.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

install: $(READY) ## Set up .venv with oagen, its demo and the tools for working on it.

# Made again only when pyproject.toml has changed. uv where it is on the PATH (and works), else pip.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("oagen needs Python 3.11 or later: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv > /dev/null && uv pip install --quiet --python $(BIN)/python -e '.[demo]' --group dev; then :; else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' && \
		$(BIN)/python -m pip install --quiet -e '.[demo]' --group dev; \
	fi
	@touch $@

demo: $(READY) ## Generate and run the suite of the bundled bookshop, then fuzz it.
	@$(BIN)/oagen demo

test: $(READY) ## Run all tests.
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup

check: lint ## Run all checks and the quick tests.
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup -m 'not slow'

lint: $(READY) ## Check format, style, types, layers and documentation.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@for page in docs/write_*.py; do $(BIN)/python $$page --check || exit 1; done

format: $(READY) ## Lay out the source, and mend what can be mended.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

golden: $(READY) ## Write the golden files anew; look at the diff before you commit it.
	@$(BIN)/python -m tests.suite.golden

bench: $(READY) ## Measure generation, campaigns and learning, each beside a peer.
	@$(BIN)/python benchmarks/generation.py --peers
	@$(BIN)/python benchmarks/throughput.py
	@if test -x $(TARGETS)/targets; then \
		$(BIN)/python benchmarks/campaigns.py $(TARGETS) $(APPLICATIONS) && \
		$(BIN)/python benchmarks/learning.py $(TARGETS) $(APPLICATIONS) bookshop --misses benchmarks/.cache/misses.txt; \
	else echo 'campaigns.py and learning.py are left out: no applications at TARGETS=$(TARGETS)'; fi

docs: $(READY) ## Write the reference, docs/cli.md and others, from the code.
	@for page in docs/write_*.py; do $(BIN)/python $$page || exit 1; done

clean: ## Remove .venv and caches.
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
