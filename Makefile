# make demo     investigates a recorded incident, prints the report, writes report.html
# make test     runs all tests
# make engines  adds Spark and Velox, so that tests hold the shapes of lines to them too (500 MB; Spark needs Java 17)
# make ministack  adds a server that stands in for AWS, so that tests ask it too (Linux)
# make check    style, types, layers
# make bench    speed, memory and accuracy; BENCH=folder with the labelled data, QUICK=--quick for a short run
# make record   records the example incidents anew (a quarter of an hour)

PYTHON ?= python3
BENCH ?= ../shared/bench
DEMO ?= examples/incidents/dynamodb-throttling
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test engines ministack check fmt bench record lock clean

help:
	@sed -n 's/^# //p' Makefile

demo: .venv/run
	@$(BIN)/fa2 investigate $(DEMO)
	@$(BIN)/fa2 investigate $(DEMO) --output report.html
	@echo "The same report as a page: report.html"

test: .venv/dev
	$(BIN)/python -m pytest --numprocesses 2

engines: .venv/engines

ministack: .venv/ministack/installed

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/run
	$(BIN)/python bench/run_all.py $(BENCH) $(QUICK)

record: .venv/dev
	$(BIN)/python examples/record.py --at-once 3 --output examples/incidents

lock:
	uv pip compile pyproject.toml --extra model --group build $(LOCK) --output-file requirements/run.txt
	uv pip compile pyproject.toml --extra model --group dev $(LOCK) --output-file requirements/dev.txt
	uv pip compile pyproject.toml --group engines --constraints requirements/dev.txt $(LOCK) --output-file requirements/engines.txt
	uv pip compile --group ministack $(LOCK) --output-file requirements/ministack.txt
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

clean:
	rm -rf .venv report.html .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "fa2 needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …"; exit 1; }
	@echo "Setting up .venv"
	@$(PYTHON) -m venv .venv || { echo "venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

.venv/run: .venv/created requirements/run.txt pyproject.toml
	@echo "Installing what fa2 needs"
	@$(PIP) --require-hashes --requirement requirements/run.txt
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

.venv/dev: .venv/run requirements/dev.txt
	@echo "Installing what the tests need"
	@$(PIP) --require-hashes --requirement requirements/dev.txt
	@touch $@

.venv/engines: .venv/dev requirements/engines.txt
	@echo "Installing Spark and Velox"
	@$(PIP) --require-hashes --requirement requirements/engines.txt
	@touch $@

.venv/ministack/installed: .venv/created requirements/ministack.txt
	@echo "Installing ministack"
	@$(BIN)/python -m venv .venv/ministack
	@.venv/ministack/bin/python -m pip --disable-pip-version-check install --quiet \
		--require-hashes --requirement requirements/ministack.txt
	@touch $@
