# Yinju: every task in one place. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The version is pinned so that pip takes a CPU build where one is at hand, instead of gigabytes of CUDA.
TORCH := torch==2.13.0

.DEFAULT_GOAL := help
.PHONY: help demo demo-write test check format ui dist app chromium clean

help: ## list what can be made
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 18

# pip is made last: an environment that was left half-made is made anew.
$(BIN)/pip:
	$(PYTHON) bench/venv.py $(VENV)

$(VENV)/torch.stamp: | $(BIN)/pip
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	@touch $@

# Stamps make a repeated `make` quick: the install runs again only when pyproject.toml changed.
$(VENV)/core.stamp: pyproject.toml $(VENV)/torch.stamp
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/torch.stamp
	$(BIN)/python -m pip install --quiet -e ".[dev]"
	@touch $@ $(VENV)/core.stamp

# xllamacpp comes prebuilt: no compiler is needed.
$(VENV)/writer.stamp: pyproject.toml $(VENV)/core.stamp
	$(BIN)/python -m pip install --quiet -e ".[gguf-wheel]"
	@touch $@

demo: $(VENV)/core.stamp ## install, index samples/ and answer questions with citations
	$(BIN)/python bench/demo.py

demo-write: $(VENV)/writer.stamp ## the same, answered by a writer: make demo-write GGUF=FILE.gguf
	@test -f "$(GGUF)" || { echo "Name a GGUF file: make demo-write GGUF=FILE.gguf" >&2; exit 2; }
	$(BIN)/python bench/demo.py "$(GGUF)"

ui: $(VENV)/core.stamp ## open the page on http://127.0.0.1:7860
	$(BIN)/yinju ui

check: $(VENV)/dev.stamp ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict

format: $(VENV)/dev.stamp ## let ruff mend and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# One more process than cores, as a test often waits for a page or a process that it started, and one thread in each.
test: check chromium ## check, then every test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $$($(PYTHON) -c "import os; print(min(4, os.cpu_count() + 1))") --dist loadfile --no-loadscope-reorder

$(VENV)/installers.stamp: $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet pipx uv
	@touch $@

dist: $(VENV)/installers.stamp ## build wheel and sdist, and ask the samples from an empty environment of each installer
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python bench/release.py "$(TORCH)"

$(VENV)/app.stamp: $(VENV)/core.stamp
	$(BIN)/python -m pip install --quiet "pyinstaller>=6.10"
	@touch $@

app: $(VENV)/app.stamp ## build dist/Yinju, a folder that opens the page with no Python beside it
	$(BIN)/python -m bench.app

# What the suite can do without, and then says so: a browser, a font with Chinese characters for it, the list of fonts, and what
# the program that drives the browser is linked with.
DEBIAN := chromium fonts-noto-cjk fontconfig libatomic1

chromium:
	@if { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null \
		&& fc-list :lang=zh 2>/dev/null | grep -q . \
		&& { [ "$$(uname)" != Linux ] || $(PYTHON) -c 'import ctypes; ctypes.CDLL("libatomic.so.1")' 2>/dev/null; }; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(DEBIAN) >/dev/null \
		|| echo "Could not install $(DEBIAN): the tests that need them will be skipped." >&2; \
	else \
		echo "No browser, no Chinese font or no libatomic here: the tests that need them will be skipped. To run them too (Debian):" >&2; \
		echo "  sudo apt-get install --no-install-recommends $(DEBIAN)" >&2; \
	fi

clean: ## remove the environment and everything that was made
	rm -rf $(VENV) .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
