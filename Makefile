# Two commands: `make demo` shows a month of the insurer's work, `make test` proves it. Both do their own set-up.

SHELL := /bin/bash
# The system's Python if it is new enough: one in somebody's home cannot be run by a service account.
PYTHON ?= $(shell for python in /usr/bin/python3 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; exit; }; \
	done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
RUN_PACKAGES := python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk fonts-hanazono
TEST_PACKAGES := chromium poppler-utils
TEST_WORKERS ?= 2
PYTEST_ARGS ?=
BENCHMARKS ?= schemes exclusions roster letters pipeline web

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-debian lint bench serve docs lock clean tools os-run os-test

##@ Work
help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## run a month of work on sample input, then serve the desk on 127.0.0.1
	@$(BIN)/insurer demo

setup: build/.ready ## virtual environment, web assets and letter fonts (all demo and test need)

serve: setup ## serve the desk on the data of the last demo
	@$(BIN)/insurer serve --with-workers

##@ Checks
test: setup os-test lint ## ruff, mypy, import rules, then every test on real PostgreSQL, Valkey and Chromium
	@$(BIN)/pytest -n $(TEST_WORKERS) --dist loadgroup $(PYTEST_ARGS)

lint: setup ## ruff, mypy strict and import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: setup ## the benchmarks, each with its peer or limit in the same run
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

test-debian: setup ## the product on Debian's own PostgreSQL and Redis instead of the embedded ones
	@.ci/os-packages postgresql redis-server
	@.ci/against-debian

##@ Upkeep
docs: setup ## write the pages that come from code (lifecycle, permissions, readings)
	@$(BIN)/python -m insurer.cli.describe

lock: ## resolve the dependencies anew into requirements.lock (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header -q --upgrade -o requirements.lock

clean: ## remove what was built (keeps var/, the data)
	rm -rf $(VENV) node_modules build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# ---- set-up, each step once -----------------------------------------------------------------------

tools:
	@command -v npm >/dev/null || { echo "还缺 npm（Node.js 18 或更新），请先安装" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "需要 Python 3.11 或更新，可用 make PYTHON=… 指定" >&2; exit 1; }

os-run: tools
	@.ci/os-packages $(RUN_PACKAGES)

os-test:
	@.ci/os-packages $(TEST_PACKAGES)

$(VENV)/.installed: requirements.lock pyproject.toml | os-run
	@echo "准备 Python 环境（第一次约一分钟）…"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

node_modules/.installed: package.json package-lock.json
	@echo "准备页面资源…"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build/.ready: $(VENV)/.installed node_modules/.installed $(shell find insurer/web/static -type f 2>/dev/null) insurer/web/assets.py insurer/platform/fonts.py
	@echo "准备样式、脚本和信函字体…"
	@mkdir -p build
	@$(BIN)/insurer assets
	@touch $@
