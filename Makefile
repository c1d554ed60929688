# geoaddr: every target says what it does; `make help` lists them.
PYTHON ?= python3
PORT ?= 8000
SIZE ?= 30000
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run demo serve test check bench wheel assets clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: demo serve ## install, build the sample district, run every journey on it, serve the UI (PORT=8000)

demo: $(VENV)/.installed ## build the sample district in var/demo and run every journey once (SIZE=30000)
	$(BIN)/geoaddr demo --reset --size $(SIZE)

serve: $(VENV)/.installed ## serve the UI and the API over the sample district (PORT=8000)
	GEOADDR_CONFIG=var/demo/geoaddr.toml GEOADDR_BASE_URL=http://127.0.0.1:$(PORT) $(BIN)/geoaddr serve --port $(PORT)

test: ## install what the tests need (packages, PostGIS, Chromium, Java) and run them all
	PYTHON=$(PYTHON) VENV=$(VENV) bash tools/run_tests.sh

check: $(VENV)/.tools ## lint, formatting, types and layers only
	$(BIN)/pytest -q tests/test_layers.py

bench: $(VENV)/.tools ## print the figures of benchmarks/ (some need data that is not shipped and say so)
	$(BIN)/python benchmarks/all.py

wheel: $(VENV)/.tools ## build dist/geoaddr-*.whl
	$(BIN)/python -m build --wheel

assets: $(VENV)/.tools ## fetch and vendor the browser libraries and fonts again (needs npm)
	$(BIN)/python tools/vendor_assets.py

clean: ## remove the environment, builds and the sample district
	rm -rf $(VENV) build dist *.egg-info var/demo

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "geoaddr needs Python 3.11 or newer; set PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python venv is missing; on Debian: apt install python3-venv"; exit 1; }

$(VENV)/.installed: setup.cfg | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.tools: setup.cfg | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,server,batch]'
	@touch $@ $(VENV)/.installed
