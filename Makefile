# make demo: set up and run the main job.  make test: set up and pass the tests.  make help: the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.artesano-setup
WORKERS ?= 3
UV     := $(shell command -v uv)
INSTALL := $(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install --disable-pip-version-check)
# One thread a process: the tests' nets are tiny, and OpenMP's spinning threads slow each other down on few cores.
TEST_ENV := OMP_NUM_THREADS=1 WANDB_MODE=offline HF_HUB_OFFLINE=1
PYTEST := $(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: setup demo services test test-fast lint format bench clean help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 10

setup: $(STAMP)  ## make .venv with everything, once: 7 GB of packages; with uv where it is installed

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(if $(UV),$(UV) venv --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))
	$(INSTALL) --quiet -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

demo: setup  ## MNIST-5k on the features of a real ImageNet net: half a minute of CPU, once the packages are installed
	$(BIN)/artesano train experiment=demo

services:  ## Chromium and PostgreSQL from Debian, for the tests that need them; without them these are skipped
	scripts/services.sh

test: setup  ## all tests, in three processes, of which some wait (WORKERS=4 for four)
	$(PYTEST)

test-fast: setup  ## the quick ones, for the inner loop: no trainings, no other processes
	$(PYTEST) -m "not slow and not services and not e2e"

lint: setup  ## ruff and mypy
	$(BIN)/ruff check src tests scripts
	$(BIN)/ruff format --check src tests scripts
	$(BIN)/mypy

format: setup  ## let ruff mend what it can
	$(BIN)/ruff check --fix src tests scripts
	$(BIN)/ruff format src tests scripts

bench: setup  ## our speed beside bare PyTorch loops, as ratios
	$(BIN)/python scripts/bench_transfer.py
	$(BIN)/python scripts/bench_gan.py

clean:  ## remove the environment and caches; never outputs/
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache
