# make install, make demo, make test, make ui: all there is to know.
PYTHON ?= python3
HUB_HOME ?= $(CURDIR)/.hub
RESIDENTS ?= 20000
BIN := .venv/bin
export HUB_HOME

.PHONY: install demo test ui check revision clean

install: .venv/.installed

# uv installs in a fraction of pip's time; where it cannot be had, pip does the same.
define install_packages
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install -q uv || true
	$(BIN)/python -m uv pip install -q --python $(BIN)/python --compile-bytecode -c constraints.txt -e "$(1)" \
	  || $(BIN)/python -m pip install -q --compile -c constraints.txt -e "$(1)"
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q foundation schemas connectors expectations pipelines sandbox benchmarks
endef

.venv/.installed: pyproject.toml constraints.txt
	$(call install_packages,.)
	@touch $@

.venv/.dev: pyproject.toml constraints.txt
	$(call install_packages,.[dev])
	@touch .venv/.installed $@

demo: install
	$(BIN)/hub demo --residents $(RESIDENTS)

test: .venv/.dev
	$(BIN)/python -m pytest

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# After a change of a warehouse table in schemas/: make revision why="residents have a mother tongue"
revision: .venv/.dev
	@test -n "$(why)" || { echo 'say why: make revision why="..."'; exit 1; }
	made=$$($(BIN)/python -m pipelines.publish.migrate "$(why)" | tail -1) && \
	  $(BIN)/ruff format -q "$$made" && $(BIN)/ruff check -q --fix "$$made" && echo "read it, then commit it: $$made"

ui: install
	$(BIN)/hub ui

clean:
	rm -rf .venv build dist *.egg-info
