# Everything a fresh machine needs is python3, its venv module, and make: no root, no npm, no node.
PYTHON ?= python3
VENV ?= .venv
BROWSERS ?= chromium firefox chromium-83
BIN := $(VENV)/bin

.PHONY: setup browsers

setup: $(VENV)/.ready

# Locked versions: a Playwright that drives every build in the table.
$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,npm]'
	touch $@

browsers: setup
	$(BIN)/pytest-offline browsers install $(BROWSERS)
