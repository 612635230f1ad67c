# make run · make test · make bench · make lint
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/run.stamp: requirements/run.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@test -f .venv/dev.stamp || $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements/run.lock
	@touch $@

.venv/dev.stamp: requirements/dev.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements/dev.lock
	@touch $@ .venv/run.stamp

run: .venv/run.stamp  ## build the demo city if there is none and serve it on 127.0.0.1:8050
	@$(BIN)/python app.py

test: .venv/dev.stamp  ## the whole test suite
	$(BIN)/python -m pytest -m "not bench" -n logical --dist worksteal

bench: .venv/dev.stamp  ## the speed figures, as a table with the machine
	$(BIN)/python -m tests.bench

lint: .venv/dev.stamp  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

font: .venv/dev.stamp  ## build the shipped font again after new words (needs Debian's fonts-noto-cjk)
	$(BIN)/python -m dashboard.fonts

lock: .venv/dev.stamp  ## write the lock files again from pyproject.toml
	$(BIN)/uv export -q --no-header --no-annotate --no-emit-project --no-dev -o requirements/run.lock
	$(BIN)/uv export -q --no-header --no-annotate --no-emit-project --all-groups -o requirements/dev.lock

.PHONY: help run test bench lint font lock
