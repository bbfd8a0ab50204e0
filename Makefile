# `make help` lists the targets. Only Python >= 3.11, git and make must be installed.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
WHEEL_OF := signing generated emulator cli
SOURCES := pyproject.toml README.md $(shell find $(WHEEL_OF) -type f -not -name '*.pyc')
export PYTHONDONTWRITEBYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- environments: created once, and again when their inputs change ------------------------------

.venv/pip: constraints.txt
	@echo "setting up .venv (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is required; select one with PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --upgrade -c constraints.txt pip
	@touch $@

.venv/demo: .venv/pip pyproject.toml
	@$(BIN)/pip install --quiet -c constraints.txt -e '.[emulator]'
	@rm -f .venv/wheel
	@touch $@

.venv/test: .venv/pip pyproject.toml
	@$(BIN)/pip install --quiet -c constraints.txt --group test
	@touch $@

.venv/dev: .venv/test
	@$(BIN)/pip install --quiet -c constraints.txt --group dev
	@touch $@

# The tests run against the built wheel, as users install it, not against the checkout.
.venv/wheel: .venv/test $(SOURCES)
	@rm -rf dist && mkdir dist
	@$(BIN)/pip wheel --quiet --no-deps --no-build-isolation -c constraints.txt --wheel-dir dist .
	@$(BIN)/pip install --quiet --force-reinstall -c constraints.txt "$$(echo dist/*.whl)[cli,emulator,mcp]"
	@rm -f .venv/demo
	@touch $@

# --- targets ------------------------------------------------------------------------------------

.PHONY: demo
demo: .venv/demo ## a tour against the local emulator (LIVE=1: against NCP, with your keys)
	@$(BIN)/python examples/demo.py

.PHONY: test
test: .venv/wheel ## the whole suite, without network (ARGS="-k name" selects)
	@$(BIN)/pytest -q -n 2 --dist loadscope $(ARGS)

.PHONY: regenerate
regenerate: .venv/test ## generate generated/ from openapi.yaml
	@$(BIN)/python generator/regenerate.py

.PHONY: record
record: .venv/wheel ## record the cassettes again (LIVE=1: from NCP, with your keys)
	@$(BIN)/python tests/recorded/record.py

.PHONY: check
check: export ANNOUNCED = 1
check: lint workflows types document drift contract-diff cover demo wheel-test layers ## everything that CI runs

.PHONY: layers
layers: .venv/wheel ## the slower part of `make check`, each layer with its time
	@for layer in zoo faults "soak COUNT=5000" schema lowest "bench ARGS=--short" kafka browser reuse "generators ARGS=--quick"; do \
		began=$$SECONDS; $(MAKE) --no-print-directory $$layer || exit; \
		echo "make $$layer: $$((SECONDS - began)) s"; \
	done

.PHONY: lint
lint: .venv/dev ## ruff
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && echo "lint: clean"

.PHONY: workflows
workflows: .venv/dev ## actionlint and zizmor over .github/ (needs Go)
	@.github/lint.sh

.PHONY: types
types: .venv/wheel .venv/dev ## mypy strict and pyright, over the code and over programs that use the wheel
	@$(BIN)/mypy signing/ncloud_datastream emulator/ncloud_datastream_emulator cli/ncloud_datastream_cli generator release reuse/*.py
	@$(BIN)/mypy generated/ncloud_datastream_api
	@$(BIN)/pyright --warnings
	@$(BIN)/pyright --warnings --project tests/typing

.PHONY: document
document: .venv/test ## four linters over openapi.yaml (needs Node.js and Java)
	@generator/lint/lint.sh

.PHONY: drift
drift: regenerate ## check that generated/ follows from openapi.yaml
	@test -z "$$(git status --porcelain generated)" || \
		{ git status --short generated; echo "generated/ has drifted: commit the output of make regenerate"; exit 1; }
	@echo "drift: none"

.PHONY: contract-diff
contract-diff: .venv/test ## changes of the contract since BASE=<git ref> (default: the last tag)
	@generator/contract/diff.sh $(BASE)

.PHONY: contract
contract: ## the document as JSON, complete and per host: dist/openapi*.json
	@$(PYTHON) generator/contract/hosts.py dist

.PHONY: cover
cover: .venv/wheel ## the suite with coverage: signing 100 %, emulator and generator 95 %
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report="
	@$(BIN)/coverage report --fail-under=100 --include='*/ncloud_datastream/*'
	@$(BIN)/coverage report --fail-under=95 --include='*/ncloud_datastream_emulator/*'
	@$(BIN)/coverage report --fail-under=95 --include='generator/*'

.PHONY: wheel-test
wheel-test: .venv/wheel .venv/dev ## the wheel alone: the README's first block, a pytest project, a session at a shell
	@$(BIN)/twine check --strict dist/*.whl
	@tests/wheel/run.sh

.PHONY: zoo
zoo: .venv/wheel ## changes to the document, through generator, client, emulator and command line
	@$(BIN)/pytest -q -m zoo tests/zoo $(ARGS)

.PHONY: faults
faults: .venv/wheel ## the complete table of faults, on real sockets
	@$(BIN)/pytest -q -m faults $(ARGS)

.PHONY: soak
soak: .venv/wheel ## 100,000 sends under random faults, in each mode (COUNT=...; RECORD=1 stores the figures)
	@$(BIN)/python tests/faults/soak.py --count $(or $(COUNT),100000) $(if $(RECORD),--record)

.PHONY: delivery
delivery: .venv/wheel ## generate docs/delivery.md from the table of faults and the figures of the soak
	@$(BIN)/python tests/faults/page.py

# schemathesis has many dependencies: it gets its own environment.
.cache/schema/made: constraints.txt
	@$(PYTHON) -m venv --clear .cache/schema
	@.cache/schema/bin/pip install --quiet -c constraints.txt schemathesis
	@touch $@

.PHONY: schema
schema: .venv/wheel .cache/schema/made ## schemathesis against the emulator, in all phases
	@$(BIN)/python tests/schema/run.py .cache/schema/bin/schemathesis $(ARGS)

.venv/mutation: .venv/wheel
	@$(BIN)/pip install --quiet -c constraints.txt --group mutation
	@touch $@

.PHONY: mutation
mutation: .venv/mutation ## mutants of signing/, about an hour: tests/mutation.md (ARGS="retry --minutes 20")
	@$(BIN)/python tests/mutation/run.py $(ARGS)

.PHONY: lowest
lowest: ## the suite with the lowest permitted versions of the dependencies
	@tests/lowest/run.sh

.PHONY: httpx2
httpx2: ## the suite over httpx2, on a copy with the name replaced (ARGS="tests/unit")
	@tests/successor/run.sh $(ARGS)

.PHONY: pythons
pythons: .venv/wheel ## the suite on every CPython from 3.11 on PATH or in PYTHONS="..."
	@tests/pythons/run.sh $(ARGS)

.PHONY: reuse
reuse: .venv/wheel ## the contract in other languages: generate, sign, call, compare
	@$(BIN)/python reuse/run.py $(ARGS)
	@$(BIN)/pytest -q -m toolchain

.PHONY: generators
generators: .venv/test ## the contract through the generators of each language (ARGS="go --quick")
	@$(BIN)/python reuse/generators.py $(ARGS)

.PHONY: docs
docs: .venv/dev .venv/wheel ## build the documentation site: build/site
	@docs/fetch.sh
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet && echo build/site/index.html

.PHONY: docs-serve
docs-serve: docs ## serve the documentation on http://127.0.0.1:8000
	@cd build/site && ../../$(BIN)/python -m http.server --bind 127.0.0.1 8000

.PHONY: picture
picture: .venv/wheel ## docs/assets/cli.svg, a picture of the command line
	@$(BIN)/python docs/picture.py

.PHONY: browser
browser: docs ## the documentation and the emulator's page in Chromium (needs Chromium, Node.js)
	@$(BIN)/pytest -q -m browser $(ARGS)

.PHONY: kafka
kafka: .venv/wheel ## REST to a real Kafka broker and back (needs Java; Maven the first time)
	@$(BIN)/pytest -q -m kafka $(ARGS)

.venv/bench: .venv/wheel
	@$(BIN)/pip install --quiet -c constraints.txt --group bench
	@touch $@

.PHONY: bench
bench: .venv/bench ## benchmarks, into docs/benchmarks.md (needs nginx, wrk; ARGS=--short: a quick check)
	@$(BIN)/python bench/run.py $(ARGS)

.PHONY: dist
dist: .venv/dev ## build what a release publishes: a wheel and a source distribution in dist/
	@rm -rf dist
	@$(BIN)/hatchling build
	@$(BIN)/twine check --strict dist/ncloud_datastream-*

.PHONY: release
release: ## commit and tag VERSION=1.2.0, with CHANGELOG and bill of materials; publishes nothing
	@$(PYTHON) release/prepare.py $(VERSION)

.PHONY: clean
clean: ## remove everything that was built here
	@rm -rf .venv .cache dist build .coverage*
