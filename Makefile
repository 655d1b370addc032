# Two commands do everything: `make demo` runs the main job, `make test` the tests. Both make the environment first.
#   PYTHON=/path/to/python3.12   the Python that the environment is made with (default: the first >= 3.11)
#   JOBS=4                       test workers (default 2)
#   ARGS="-k parser"             further arguments for pytest or the benchmark

VENV ?= .venv
JOBS ?= 2
ARGS ?=
PY := $(VENV)/bin/python
STAMP := $(VENV)/.symnum-installed
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help environment demo test test-slow test-data test-egraph-newer warm bench mutation docs lint lint-style lint-types lint-layers lint-tree clean distclean

help:
	@echo 'make demo       build, compile, simulate and plot a rule-generated network (writes demo.png)'
	@echo 'make test       the tests; make test-slow: those that take long, result in benchmarks/results; make test-data: those on reference data'
	@echo 'make test-egraph-newer  the e-graph tests on a Python >= 3.12, with the egglog that belongs to it (PYTHON_NEWER=...)'
	@echo 'make bench      the benchmarks against other packages'
	@echo 'make mutation   how many of 300 small mistakes the tests notice, result in benchmarks/results; takes long'
	@echo 'make docs       the documentation, into docs/_build/html'
	@echo 'make lint       style, types, import layers, completeness of ARCHITECTURE.md'
	@echo 'make clean      remove what was built; make distclean: the environment too'

environment: $(STAMP)

$(STAMP): pyproject.toml tools/make_environment.sh
	@sh tools/make_environment.sh $(VENV)
	@touch $@

demo: $(STAMP)
	@$(PY) examples/demo.py $(ARGS)

# Solvers and arena kernels are compiled once before the test workers start, which would otherwise each compile them.
warm: $(STAMP)
	@$(PY) -m symnum.integrators.warm
	@$(PY) -m symnum.terms.arena.warm

# There is a test worker for each core: linear algebra in them must not start threads of its own beside.
test test-slow test-data: export OPENBLAS_NUM_THREADS := 1

test: warm
	$(PY) -m pytest -n $(JOBS) -m "not slow" $(ARGS)

test-slow: warm
	@$(PY) -m pytest -n $(JOBS) -m slow -q --durations=0 $(ARGS) > benchmarks/results/test_slow.txt; \
	  status=$$?; cat benchmarks/results/test_slow.txt; exit $$status

test-data: warm
	@data="$${SYMNUM_DATA:-../shared/data}"; test -d "$$data/networks" || { \
	  echo "No reference data at $$data. Put it there, or say where it is: make test-data SYMNUM_DATA=/path/to/data" >&2; \
	  exit 1; }
	$(PY) -m pytest -n $(JOBS) -m data $(ARGS)

# Python 3.11 and newer ones have different releases of egglog; this needs a newer one beside the usual environment.
test-egraph-newer:
	sh tools/egraph_on_newer_python.sh $(ARGS)

bench: warm
	$(PY) benchmarks/bcr.py --json $(ARGS)
	$(PY) benchmarks/cold_start.py --json $(ARGS)
	$(PY) benchmarks/egraph.py --json $(ARGS)
	$(PY) benchmarks/rulesets.py --json $(ARGS)
	$(PY) benchmarks/terms.py --json $(ARGS)

mutation: $(STAMP)
	$(PY) tools/mutation.py $(ARGS)

docs: $(STAMP)
	$(PY) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo 'Built: docs/_build/html/index.html'

# Four parts, so that `make -k lint` shows all that is wrong.
lint: lint-style lint-types lint-layers lint-tree

lint-style: $(STAMP)
	$(VENV)/bin/ruff check .

lint-types: $(STAMP)
	$(VENV)/bin/mypy

lint-layers: $(STAMP)
	$(VENV)/bin/lint-imports

lint-tree: $(STAMP)
	$(PY) tools/check_tree.py

clean:
	rm -rf build dist docs/_build docs/api/generated .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f demo.png demo.csv
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
