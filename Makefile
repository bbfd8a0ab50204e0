# `make help` lists what there is. Nothing but Python >= 3.11, git and make has to be installed.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE := 1

SOURCES := pyproject.toml README.md $(shell find signing generated emulator -name '*.py' -o -name '*.json' -o -name py.typed)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/pip: constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade -c constraints.txt pip
	@touch $@

.venv/test: .venv/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt --group dev
	@touch $@

.PHONY: regenerate
regenerate: .venv/test ## openapi.yaml -> generated/
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python generator/regenerate.py
