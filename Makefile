# Two commands are enough on a machine that has Python 3.11 or newer and make: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST := $(BIN)/pytest -n $(or $(JOBS),2) --dist loadfile --no-loadscope-reorder
PURE   := models tests/law tests/signing tests/delegations tests/documents tests/consultation tests/outgoing tests/execution tests/process tests/award tests/spend $(wildcard tests/test_*.py)
HEAVY  := database documents flow server browser office postgres
STAMP  := $(VENV)/.installed

export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1
# Prefect takes twice the time to start in each process when its bytecode is not kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test fast check golden bench lock audit licences sbom chaos

help:            ## list the targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:[^#]*##/ —/' | sort

setup: $(STAMP)  ## make the virtual environment from the pinned set

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "achats-ght demande Python 3.11 ou plus récent")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

demo: setup      ## play a whole purchase, from the expiring contract to the notification
	$(BIN)/achats demo

serve: setup     ## start everything on the demo group and leave it up for a person
	$(BIN)/achats demo --garder

test: setup      ## every test (those that need a missing system package are skipped by name)
	$(PYTEST)

fast: setup      ## the pure tests, in seconds: the law, the models, the rules of the code
	$(BIN)/pytest -q -p no:schemathesis -m "$(foreach kind,$(HEAVY),not $(kind) and) not slow" $(PURE)

check: setup     ## ruff, mypy strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

golden: setup    ## rewrite the golden texts, then show what changed
	$(BIN)/pytest -m "not server and not browser" --golden -q tests
	git --no-pager diff --stat -- tests/golden

bench: setup     ## measure; prints a table, asserts nothing
	$(BIN)/python -m tests.bench

audit: setup     ## known vulnerabilities of the pinned packages, offline: ADVISORIES=all.zip of OSV for PyPI
	$(BIN)/achats dependances verifier $(or $(ADVISORIES),$(error ADVISORIES=path of the downloaded list))

licences: setup  ## the licence of every pinned package
	$(BIN)/achats dependances licences

sbom: setup      ## the bill of materials (CycloneDX) in sbom.cdx.json
	$(BIN)/achats dependances sbom sbom.cdx.json

lock: setup      ## resolve the pinned set again
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --extra dev --quiet pyproject.toml -o requirements.lock

chaos: setup     ## play purchases while everything dies (MINUTES=10 PURCHASES=6 SEED=1 DATABASE=sqlite|postgres); ends red if one is lost, doubled, early or stuck
	$(BIN)/python -m tests.chaos
