# `make figures` builds every figure, `make test` passes the tests; each sets everything up first.
PYTHON ?= python3
CORES ?= all
VENV := .venv
BIN := $(VENV)/bin

.PHONY: readme figures quick claims check refresh drift-power portable report identical benchmark test lint setup unlock lock clean
.DEFAULT_GOAL := figures

figures: setup
	$(BIN)/snakemake --cores $(CORES)

quick: setup
	$(BIN)/snakemake --cores $(CORES) --configfile config/quick.yaml

# what the papers claim, and what was measured; fails when a claim does not hold
claims: setup
	$(BIN)/snakemake claims --cores $(CORES)

# has a number moved? compared with tests/reference
check: setup
	$(BIN)/snakemake check --cores $(CORES)

# make today's numbers the reference, on purpose: say why in the commit
refresh: setup
	$(BIN)/snakemake refresh --cores $(CORES)
	$(BIN)/snakemake refresh --cores $(CORES) --configfile config/quick.yaml

# which changes of one number `make check` would see: each watched number, and one in every column of every table
drift-power: setup
	$(BIN)/snakemake power --cores $(CORES)

# tests, claims, agreement and drift on machines that this one can pretend to be, and with other versions: an hour;
# PORTABLE="--machines nehalem --what pipeline" does less
portable: setup
	$(BIN)/python tests/portable.py $(PORTABLE)

# one page with every figure, claim and choice: figures/report.html
report: setup
	$(BIN)/snakemake report --cores $(CORES)

# everything twice, the second time on one core: the same bytes
identical: setup
	$(BIN)/snakemake all report --cores $(CORES)
	$(BIN)/snakemake all report --cores 1 --forceall --configfile config/again.yaml
	$(BIN)/python -m lazyrich.pipeline.ledger same results build/again/results
	$(BIN)/python -m lazyrich.pipeline.ledger same figures build/again/figures

# how fast, on a machine left alone for some minutes: figP1, then what is waited for; COLD=--cold times the full workflow too
benchmark: setup
	$(BIN)/snakemake figP1 --cores 1 --forcerun benchmarks
	$(BIN)/python benchmarks --groups drawing workflow $(COLD) --output build/benchmarks/waiting.parquet

# the README's list of figures, from their folders
readme: setup
	$(BIN)/python -m lazyrich.pipeline.readme README.md

test: setup
	$(BIN)/python -m pytest -n 2

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy --no-incremental tests/typed_use.py
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

setup: $(VENV)/.ready

# plain pip, so that Python and make are all it takes; pip itself checks every hash
$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lazyrich needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@mkdir -p build && $(BIN)/python -m lazyrich.pipeline.config > build/config.schema.json  # for editors: config.yaml names it
	touch $@

# after `kill -9` of snakemake, its lock stays; this removes it
unlock: setup
	$(BIN)/snakemake --unlock

# after a change of a dependency in pyproject.toml; needs uv
lock:
	uv pip compile pyproject.toml --extra workflow --group dev --universal --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock
	$(PYTHON) envs/pin.py

clean:
	rm -rf results/*/ results/*.parquet figures/*.pdf figures/*.svg figures/*.png figures/*.rst figures/*.html logs benchmarks/jobs build .snakemake
