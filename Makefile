# Thin names for what pyproject.toml and the command define.
#
#   make run     builds .venv and runs the demo company on this machine
#   make test    builds what it needs and runs the whole suite
#   make coverage  runs the suite once more and tells which lines it never reached
#   make .venv   only prepares the environment; .venv/bin/sawhorse then answers
#   make lock    writes both lock files anew from pyproject.toml (UPGRADE=--upgrade lifts every pin)
#   make vendor  renews the vendored scripts and styles (needs npm)

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# How many test processes share the work: 0 is one, without helpers.
WORKERS ?= 2

# The floor of the coverage holds only where nothing may skip.
FLOOR = $(if $(filter 1,$(REQUIRE_BROWSER)),$(if $(filter 1,$(REQUIRE_POSTGRES)),--cov-fail-under=90))

.PHONY: run test coverage lock vendor .venv .venv-dev

run: .venv
	@.venv/bin/sawhorse run

PYTEST = .venv/bin/pytest -n $(WORKERS) --dist worksteal

test: .venv-dev
	.venv/bin/ruff check .
	.venv/bin/lint-imports
	.venv/bin/mypy
	$(PYTEST)

coverage: .venv-dev
	$(PYTEST) --cov $(FLOOR)

# One resolution: the lock for running is the development lock with less in it.
LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links $(UPGRADE) --group build pyproject.toml

lock: .venv-dev
	$(LOCK) --extra dev --extra notebooks --output-file requirements-dev.lock
	$(LOCK) --extra notebooks --constraint requirements-dev.lock --output-file requirements.lock

vendor: .venv-dev
	.venv/bin/python admin_app/static/vendor/renew.py

# --------------------------------------------------------------------------------------- the environment
# $(1) is the lock, $(2) the locks it satisfies. The stamp is a sum of what was installed and where, so that
# a second run takes a moment, a changed lock installs, and a moved folder is built again.

define PREPARE
set -e; \
stamp=$$( (pwd; cat $(1) pyproject.toml) | cksum ); \
if [ -f .venv/$(1).stamp ] && [ "$$(cat .venv/$(1).stamp)" = "$$stamp" ]; then exit 0; fi; \
if [ -z "$(PYTHON)" ]; then \
	echo "Sawhorse needs Python 3.11 or newer, and found none on this machine." >&2; exit 1; fi; \
uv=$$(command -v uv || true); \
if ! .venv/bin/python -c '' 2>/dev/null || [ ! -f .venv/home ] || [ "$$(cat .venv/home)" != "$$(pwd)" ]; then \
	if [ -n "$$uv" ]; then uv venv --quiet --clear --python "$$(command -v $(PYTHON))" .venv; \
	elif $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then $(PYTHON) -m venv --clear .venv; \
	else echo "This Python cannot build environments: install its venv package" \
		"(Debian, Ubuntu: apt install python3-venv), then run make again." >&2; exit 1; fi; \
	pwd > .venv/home; \
fi; \
echo "Installing what $(1) lists into .venv; only the first time takes long."; \
if [ -n "$$uv" ]; then \
	uv pip install --quiet --python .venv/bin/python --require-hashes -r $(1); \
	uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .; \
else \
	.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null; \
	export PIP_DISABLE_PIP_VERSION_CHECK=1; \
	.venv/bin/python -m pip install --quiet --no-compile --require-hashes -r $(1); \
	.venv/bin/python -m pip install --quiet --no-compile --no-deps --no-build-isolation -e .; \
fi; \
for lock in $(2); do (pwd; cat $$lock pyproject.toml) | cksum > .venv/$$lock.stamp; done
endef

.venv:
	@$(call PREPARE,requirements.lock,requirements.lock)

.venv-dev:
	@$(call PREPARE,requirements-dev.lock,requirements.lock requirements-dev.lock)
