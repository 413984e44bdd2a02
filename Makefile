# The doors: `make demo` and `make test` set everything up by themselves.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3
READY := $(VENV)/.ready

.PHONY: demo test check bench bench-large trials mutants docs fix clean

demo: $(READY)  ## a sample database, and the morning's three reports on it
	rm -f demo.db
	$(BIN)/dealflow --db demo.db -o table demo

test: $(READY)  ## the whole suite
	$(BIN)/python -m pytest -n logical --dist worksteal

check: $(READY)  ## format, lint, types, import contracts, generated documents
	$(BIN)/ruff format --check src tests bench trials docs
	$(BIN)/ruff check src tests bench trials docs
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

bench: $(READY)  ## speed, as ratios measured in one run
	$(BIN)/python -m bench

bench-large: $(READY)  ## the same at 100,000 and 1,000,000 deals: over an hour, and 6 GB of disk
	$(BIN)/python -m bench --sizes 100000,1000000 --runs 3 --bulk 1000000

trials: $(READY)  ## reliability, from outside: a few minutes; FULL=1 takes hours
	$(BIN)/python -m trials $(if $(FULL),--full) $(if $(JSON),--json $(JSON))

mutants: $(READY)  ## whether the tests notice a change of the code: two hours; ONLY='dealflow.stages.*' less
	$(BIN)/python -m pip install --quiet mutmut==3.8.1
	CI=1 $(BIN)/mutmut run --max-children 2 $(if $(ONLY),'$(ONLY)')
	$(BIN)/mutmut results

docs: $(READY)  ## write the generated documents again
	$(BIN)/python docs/generate.py

fix: $(READY)  ## format, and mend what ruff can mend
	$(BIN)/ruff format src tests bench trials docs
	$(BIN)/ruff check --fix src tests bench trials docs

clean:
	rm -rf $(VENV) demo.db mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
