# Every target does its own set-up, is safe to run twice, and is quick when the set-up stands.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := .tools/core
# One more than there are cores: builds wait for what they start.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

APT_PACKAGES := gcc g++ gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib \
	gcc-avr avr-libc simavr qemu-system-arm qemu-system-misc gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf \
	gcc-xtensa-lx106 picolibc-xtensa-lx106-elf cmake ninja-build python3-venv

.PHONY: setup demo test test-fast lint bench bench-check clean

setup: .tools/apt.stamp $(VENV)/stamp $(CORE)/packages/tool-scons/scons.py

demo: setup
	PLATFORMIO_CORE_DIR=$(abspath $(CORE)) $(BIN)/python scripts/demo.py

test: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-fast: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	PLATFORMIO_CORE_DIR=$(abspath $(CORE)) $(BIN)/python benchmarks/run.py

bench-check: setup
	$(BIN)/python benchmarks/run.py --check

clean:
	rm -rf $(VENV) .tools build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name .pio -prune -exec rm -rf {} +

.tools/apt.stamp: Makefile
	missing=$$(for package in $(APT_PACKAGES); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || echo $$package; done); \
	if [ -n "$$missing" ]; then \
		$(SUDO) apt-get update && $(SUDO) env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y --no-install-recommends $$missing; fi
	mkdir -p $(@D)
	touch $@

# compat: a line in a .pth file. The finder that is the default takes each start of Python 20 ms.
$(VENV)/stamp: pyproject.toml .tools/apt.stamp
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]' --config-settings editable_mode=compat
	touch $@

$(CORE)/packages/tool-scons/scons.py: scripts/make_core.py $(VENV)/stamp
	$(BIN)/python scripts/make_core.py $(CORE)
