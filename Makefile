# `make test` sets itself up and runs everything below `full`. Needs: Debian, root, 8 GB of free memory (CONTRIBUTING.md).
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
# Tests that boot a twin run one after another: a second twin at the same time is refused.
TWIN   := $(wildcard tests/twin tests/e2e)
GOLDEN := $(wildcard tests/*/test_*golden*.py)
APART  := tests/contract tests/full $(TWIN) $(GOLDEN)
# What they call is compiled by numba at its first call: in one process before the others, or each worker compiles it.
FIRST  := tests/monitors/planning tests/monitors/forecast
# Most of these tests wait for clocks and processes of others.
WORKERS := 4
# Tests start hundreds of programs: each is compiled once, also where the environment says that nothing compiled is kept.
export PYTHONDONTWRITEBYTECODE :=

.NOTPARALLEL:
.PHONY: help setup test quick static lint types contract unit golden e2e spark full lock clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

setup: # the virtual environment with what tests need; at once when nothing changed
	@HIKAE_DEV=1 ./hikae --version

test: quick e2e ## everything: lint, types, contract, unit, golden, and the twin with the main drill

quick: setup static contract unit golden ## everything that needs no twin

static: setup ## lint and types on one core, and on the other the tests whose code is compiled at its first call
	@$(PYTEST) -q -m 'not long' $(FIRST) & first=$$!; $(MAKE) --no-print-directory lint types; checked=$$?; wait $$first && exit $$checked

lint: setup ## ruff, ansible-lint (production profile), shell syntax
	sh -n hikae
	bash -n .ci/run
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	cd playbooks && PATH="$(CURDIR)/.venv/bin:$$PATH" ansible-lint --offline --profile production -q

types: setup ## mypy --strict over everything
	$(PYTHON) -m mypy

contract: setup ## who may import whom, who prints, how long files are, what documents name
	$(PYTEST) -q tests/contract

unit: setup ## the other tests without a twin
	$(PYTEST) -q -n $(WORKERS) --dist loadfile -m 'not long' tests $(addprefix --ignore=,$(APART) $(FIRST))

golden: setup ## rendered files against the committed ones
	$(if $(GOLDEN),$(PYTEST) -q $(GOLDEN) $(REGENERATE),@echo 'no golden tests yet')

e2e: setup ## the twin: provision, snapshot, kill and clean, the main drill
	$(if $(TWIN),$(PYTEST) $(TWIN),@echo 'The tests on the twin are in make full.')

spark: setup ## pyspark as well, which a test of the statistics takes where it is there (450 MB, Java)
	$(PYTHON) -m pip install --quiet --no-input --require-hashes --no-deps -r requirements-spark.lock

full: test ## also what takes long: ten runs of each drill, the second estate
	$(PYTEST) -q -m long --ignore=tests/full tests
	$(if $(wildcard tests/full),$(PYTEST) tests/full,@echo 'no long tests yet')

UV := $(CURDIR)/var/lock/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header $(UPGRADE)

lock: ## write every lock anew; make lock UPGRADE=--upgrade takes newer versions
	rm -rf var/lock && mkdir -p var && python3 -m venv var/lock
	var/lock/bin/python -m pip install --quiet uv
	$(UV) --universal pyproject.toml -o requirements.lock
	$(UV) --universal pyproject.toml --group dev -o requirements-dev.lock
	$(UV) --universal --group spark -o requirements-spark.lock
	$(UV) --universal nenkin/pyproject.toml -o nenkin/requirements.lock
	$(UV) --universal monitors/pyproject.toml -o monitors/requirements.lock
	cd playbooks/roles/postgres/files && $(UV) patroni.in -o patroni.lock # Debian's Python only
	cd playbooks/roles/objectstore/files && $(UV) seaweedfs.in -o seaweedfs.lock
	rm -rf var/lock

clean: ## remove what tests and lint left; images and snapshots of the twin stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	find . -path ./.venv -prune -o -path ./var -prune -o -name __pycache__ -type d -print | xargs -r rm -rf
