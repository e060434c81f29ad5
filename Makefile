# Everything a fresh machine needs is python3, its venv module, and make: no root, no npm, no node.
#
#   make demo                          real apps go offline in real browsers
#   make test                          the suite, in every build of BUILDS
#   make test ARGS="-k gallery"        a part of it
#   make test BUILDS=chromium          in one build
#   make test REQUIRE_BUILDS=1         a build that is missing fails its tests instead of skipping them

PYTHON ?= python3
VENV ?= .venv
BUILDS ?= chromium firefox chromium-83
BUILD ?= chromium
JOBS ?= 2
N ?= 10
RATE ?= 0.05
SEED ?= 1
ARGS ?=
REQUIRE_BUILDS ?=

BIN := $(VENV)/bin
PYTEST = $(BIN)/python -m pytest
# The halves of the suite are not equally long: who is done first takes over of what is left.
SHARED = -n $(JOBS) --dist worksteal
BUILD_OPTIONS = $(addprefix --offline-build ,$(BUILDS)) $(if $(filter-out 0,$(REQUIRE_BUILDS)),--offline-require-builds)
# Without REQUIRE_BUILDS a build that cannot be had is a skip that names it, so setting up goes on.
GO_ON = $(if $(filter-out 0,$(REQUIRE_BUILDS)),,|| echo 'make: going on; tests in a build that is missing are skipped (REQUIRE_BUILDS=1 forbids it)')
# The other builds with AppCache; chromium-83, the first of them, is in BUILDS.
APPCACHE_BUILDS := chromium-88 chromium-92
# Their branches are covered to the last by tests that need no browser.
COVERED := model record compare readiness manifests report baseline
SOURCES := pytest_offline tests benchmarks docs

# Where it is set, each of the suite's hundreds of processes compiles pytest, Playwright and all of
# this package anew: one run of pytest in another takes 2.8 s of processor time instead of 1.6.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.PHONY: setup setup-dev browsers demo test test-long repeat late lint coverage mutate bench leaks docs compat manual pictures sites clean

setup: $(VENV)/.ready
setup-dev: $(VENV)/.ready-dev

# Locked versions: a Playwright that drives every build in the table. The stamp is written last, so
# an interrupted set-up begins again where it stood.
$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c "$$CHECK_PYTHON"
	@echo "setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[npm]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,npm]'
	@touch $@

define CHECK_PYTHON
import sys
version = "%d.%d" % sys.version_info[:2]
if sys.version_info < (3, 10):
    sys.exit("Python %s (%s) is too old: 3.10 or newer is needed; give one: make PYTHON=python3.12 ..." % (version, sys.executable))
try:
    import ensurepip, venv
except ImportError as error:
    sys.exit("%s cannot make a virtual environment (%s): apt-get install python%s-venv, or give another: make PYTHON=..." % (sys.executable, error, version))
endef
export CHECK_PYTHON

browsers: setup
	@$(BIN)/pytest-offline browsers install $(BUILDS) $(GO_ON)

# Without chromium-83 the demonstration says so, and leaves out what only that build can show.
demo: setup
	@$(BIN)/pytest-offline browsers install $(BUILD)
	@$(BIN)/pytest-offline browsers install chromium-83 || true
	@$(BIN)/python -m pytest_offline.demo --build $(BUILD) $(ARGS)

# A real site that cannot be built is a named skip too, and may not hide where a build may not.
export PYTEST_OFFLINE_REQUIRE_SITES ?= $(if $(filter-out 0,$(REQUIRE_BUILDS)),1)

test: setup-dev browsers
	$(PYTEST) $(SHARED) $(BUILD_OPTIONS) $(ARGS)

# With what takes minutes: hunts that try more where OFFLINE_LONG is set.
test-long: PYTEST += -o faulthandler_timeout=1800
test-long: setup-dev browsers
	OFFLINE_LONG=1 $(PYTEST) $(SHARED) $(BUILD_OPTIONS) $(ARGS)
	@$(BIN)/pytest-offline browsers install $(APPCACHE_BUILDS) $(GO_ON)
	OFFLINE_LONG=1 $(PYTEST) $(SHARED) $(addprefix --offline-build ,$(APPCACHE_BUILDS)) tests/appcache tests/bugs $(wildcard tests/compare/*_in_browsers.py)

# The suite N times over; then once more while other processes keep every core busy.
repeat: setup-dev browsers
	$(BIN)/python tests/repeat.py --times $(N) -- $(SHARED) $(BUILD_OPTIONS) $(ARGS)
	$(BIN)/python tests/repeat.py --times 1 --load -- $(SHARED) $(BUILD_OPTIONS) $(ARGS)

# Messages come late now and then: a test that does not wait for what it needs fails. Most of it is waiting, so more
# processes than cores.
late: JOBS = 5
late: setup-dev browsers
	$(PYTEST) $(SHARED) --late $(RATE) --late-seed $(SEED) $(BUILD_OPTIONS) $(ARGS)

lint: setup-dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/pyright --pythonpath $(BIN)/python

coverage: setup-dev
	$(BIN)/coverage run -m pytest --quiet --ignore-glob='*_in_browsers.py' $(wildcard $(addprefix tests/,$(COVERED))) $(ARGS)
	$(BIN)/coverage report --show-missing --skip-covered --fail-under=100 --include='$(subst $() ,$(),$(foreach room,$(COVERED),pytest_offline/$(room)/*,))'

# Drops each rule of the model in turn: its tests have to notice (minutes).
mutate: setup-dev
	$(BIN)/python tests/model/mutate.py $(ARGS)

# Writes the table into README.md and the figures into benchmarks/figures.json; of parts, with
# make bench ARGS="--only puts --only collect", what they measure alone.
bench: setup-dev
	@$(BIN)/pytest-offline browsers install $(BUILD)
	$(BIN)/python -m benchmarks --build $(BUILD) $(ARGS)

# Measures what gets past the browser's own switch, and writes the table into README.md.
leaks: setup-dev browsers
	$(BIN)/python -m benchmarks.leaks $(addprefix --build ,$(BUILDS)) --write

# Runs the tests of AppCache in the three builds that have it, and writes docs/appcache.md.
docs: setup-dev
	@$(BIN)/pytest-offline browsers install chromium-83 chromium-88 chromium-92
	$(BIN)/python docs/appcache.py $(ARGS)
	$(BIN)/python docs/known_bugs.py

# Runs every rule of docs/compat in every build that is here, and writes docs/compat.md and .json.
COMPAT_BUILDS := chromium firefox chromium-83 chromium-88 chromium-92 chromium-153
compat: setup-dev
	@$(BIN)/pytest-offline browsers install $(COMPAT_BUILDS)
	$(BIN)/python docs/compat.py $(ARGS)

# The manual, built into .build/manual with warnings as errors; it can be opened from there.
manual: setup-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	$(BIN)/python docs/check_manual.py

# The pictures of README and of the manual, taken from real runs: docs/pictures.
pictures: setup-dev
	@$(BIN)/pytest-offline browsers install $(BUILD)
	$(BIN)/python docs/pictures.py $(ARGS)

# Sites made by the real tools (workbox, vite, Angular), which the suite builds when it needs them.
sites: setup-dev
	$(BIN)/python tests/sites/build.py $(ARGS)

# Removes what these commands made here, and nothing else. Browsers stay in the user's cache folder.
clean:
	@if [ -e $(VENV)/.ready ]; then rm -rf -- $(VENV); elif [ -e $(VENV) ]; then echo "$(VENV) stays: it was not set up by make, or not to its end"; fi
	rm -rf -- demo-output test-results .build .pytest_cache .ruff_cache .hypothesis .coverage
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf -- {} +
