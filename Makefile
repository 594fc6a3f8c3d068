# Two commands do everything on a bare machine: `make demo` and `make test`. Each makes its own environment.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
SOURCES = setup.py pyproject.toml locks/run.txt $(wildcard orderbook_ext/*.pyx orderbook_ext/*.pxi orderbook_ext/*.h) \
	$(wildcard server/transport/native/*.pyx server/transport/native/core/*.h) \
	$(wildcard shm/*.pyx shm/*.h server/transport/shm/*.pyx server/transport/shm/core/*.h recording/*.pyx recording/*.h)

.PHONY: demo test test-waiting test-core test-live test-attacks test-rest test-pure test-quick nightly interop kafka engines lint types audit lock proto proto-check wheel-check wheel build faults venue-check fuzz bench clean help

help:  ## these lines
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: $(VENV)/.installed  ## simulated exchanges, server and terminal UI; HEADLESS=1 prints a few books and exits
	@$(BIN)/onebook demo --end-with-parent $(if $(HEADLESS),--headless)

# Half of the tests wait for sockets most of the time, the others compute: three lanes share the machine, and what computes
# takes no time from what waits. Of what waits three are under way at once, after the tests of attacks and of readers that
# stall: these take so much of the machine that no other process would start in time beside them.
AT_ONCE = $(MAKE) -j3 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# Linux runs idle work only where nobody else wants the core.
LATER = nice -n 10 $(if $(shell command -v chrt),chrt --idle 0)
WAITING = e2e strangers faults feed connection network recording history history_source sql kafka
ATTACKS = strangers e2e/test_stalled.py e2e/test_fan_out.py
# Clients of other languages, nginx and h2spec: they need toolchains, and minutes to be built. Only `make interop` runs them.
APART = interop engines
# Of what is drawn at random, the part of the usual numbers that every run draws: tests/volume.py.
VOLUME = ONEBOOK_VOLUME=$${ONEBOOK_VOLUME:-0.25}

# The tests start hundreds of processes: what Python makes of the sources is kept in build/, also where Python is told to
# write no files beside the sources.
PYTEST = env PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/build/pycache $(BIN)/python -m pytest
# What goes to one worker says tests/work_pieces.py.
DEALT = --dist loadscope --no-loadscope-reorder

test: $(VENV)/.for-tests  ## everything that CI runs, in about fourteen minutes on two cores
	@$(AT_ONCE) test-waiting test-core test-rest

# Ten workers would each compile the same modules at once, and what pytest makes of the tests.
COMPILED = build/pycache/.compiled
$(COMPILED): $(VENV)/.for-tests
	@echo "compiling what the tests import"
	@mkdir -p $(@D)
	@$(PYTEST) --collect-only -q $(addprefix --ignore tests/,$(APART)) >$@.log || { cat $@.log; exit 1; }
	@touch $@

test-waiting: $(COMPILED)
	@$(MAKE) test-attacks
	@$(MAKE) test-live

test-core: $(COMPILED)  ## what needs no other process
	$(VOLUME) $(LATER) $(PYTEST) $(addprefix --ignore tests/,$(WAITING) $(APART)) -n 4 $(DEALT)

test-attacks: $(VENV)/.for-tests  ## strangers that attack whole processes, and readers that stall
	$(VOLUME) $(PYTEST) $(addprefix tests/,$(ATTACKS)) -n 3 $(DEALT)

test-live: $(VENV)/.for-tests  ## whole processes, and every venue's faults and connections, on real sockets
	$(PYTEST) $(addprefix tests/,$(filter-out strangers,$(WAITING))) $(addprefix --ignore tests/,$(ATTACKS)) \
		-n 3 $(DEALT)

test-rest: $(VENV)/.for-tests
	@$(LATER) $(MAKE) lint types proto-check audit test-pure wheel-check

# The Python twin of the C book, in what is built on it. tests/ext has both side by side already; with the twin here the
# same numbers of examples would say the same again, slowly.
test-pure: $(VENV)/.for-tests
	ONEBOOK_PURE=1 ONEBOOK_VOLUME=0.2 $(PYTEST) tests/protocol tests/book tests/connection tests/publish tests/market tests/edge tests/readable \
		tests/api/test_market_data.py tests/api/test_analytics.py tests/api/test_conversions.py -n 2 $(DEALT)

nightly: $(VENV)/.for-tests  ## the tests with twelve times as much drawn at random, and every fault: about an hour
	ONEBOOK_VOLUME=5 $(PYTEST) $(addprefix --ignore tests/,faults $(APART)) --timeout 1200 -n 2 $(DEALT)
	ONEBOOK_PURE=1 $(PYTEST) tests/ext tests/protocol tests/book tests/publish tests/market tests/api
	$(MAKE) faults fuzz

# Without whole processes, exchanges and recordings, and without databases, brokers and browsers.
LONG = e2e strangers faults isolation golden simulator cli benchmarks recording replay report export csv_files sql history_source topic_history kafka edge page readable shm deploy
test-quick: $(VENV)/.for-tests  ## most of the tests, in less than a minute on two cores
	ONEBOOK_VOLUME=$${ONEBOOK_VOLUME:-0.03} $(PYTEST) -m "not slow" $(addprefix --ignore tests/,$(LONG) $(APART)) -n 4 $(DEALT) -q

interop: $(VENV)/.for-tests  ## clients of other languages, nginx and h2spec against every transport; what is not installed is skipped
	$(PYTEST) tests/interop -p no:cacheprovider -rs

engines: $(VENV)/.for-tests  ## jobs of Flink and Quix Streams over the topics of Kafka; some minutes, and 900 MB of packages
	$(PYTEST) tests/engines -p no:cacheprovider -rs

kafka: $(VENV)/.for-tests  ## two brokers of Apache Kafka on this machine, until Ctrl-C; needs Java and Maven
	@PYTHONPATH=.:proto $(BIN)/python -m tests.kafka.real_cluster

lint: $(VENV)/.for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.for-tests
	$(BIN)/mypy orderbook_ext server client shm recording simulator cli tests benchmarks examples
	$(BIN)/mypy server.py
	$(BIN)/pyright --pythonpath $(BIN)/python

audit: $(VENV)/.for-tests  ## known vulnerabilities of what is installed, where a list of them can be reached
	$(BIN)/python scripts/audit.py

lock:  ## write locks/ and constraints.txt anew; scripts/lock.sh NAME takes the newest version of a package
	scripts/lock.sh

proto:  ## regenerate the Python code of the contract
	scripts/genproto.sh

proto-check: $(VENV)/.for-tests
	scripts/check-proto.sh $(BIN)/python

wheel-check: $(VENV)/.for-tests
	scripts/check-wheel.sh $(BIN)/python

wheel: $(VENV)/.for-tests  ## a wheel with its libraries inside, and the source package, in dist/
	scripts/build-wheel.sh $(BIN)/python dist

build: $(VENV)/.installed  ## the environment and the C extension

faults: $(VENV)/.for-tests  ## every fault on every simulated venue, and a table of how long it took to see and to heal
	@mkdir -p build && rm -f build/faults.jsonl
	ONEBOOK_FAULT_REPORT=build/faults.jsonl $(PYTEST) tests/faults
	$(BIN)/python scripts/fault_table.py build/faults.jsonl

venue-check: $(VENV)/.for-tests  ## all that one venue must show: make venue-check VENUE=kraken
	@PYTHONPATH=.:proto $(BIN)/python scripts/venue_check.py $(VENUE)

fuzz: $(VENV)/.for-tests  ## every decoder against json and Decimal: 1,000,000 changed frames of all venues, some minutes
	$(BIN)/python -m tests.fuzz.decoder_pair 1000000 $$(date +%j)

bench: $(VENV)/.for-tests  ## how to run each benchmark
	@grep -h -m1 '^"""' benchmarks/bench_*.py; echo "Run them as: $(BIN)/python -m benchmarks.bench_book"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "onebook needs Python 3.10 or newer: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed; on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }

# Packages come by their hashes; the project itself is built here, with the build tools among them. To compile all that
# packages have takes longer than to install them: what is imported is compiled then.
PIP = $(BIN)/python -m pip --disable-pip-version-check
PACKAGES = $(PIP) install --quiet --no-compile --require-hashes
$(VENV)/.installed: $(VENV)/bin/python $(SOURCES)
	@echo "onebook: installing into $(VENV) and building the C extension, about a minute; only when something has changed"
	@echo "  1/2  packages of locks/run.txt, by their hashes"
	@$(PACKAGES) -r locks/run.txt
	@echo "  2/2  onebook itself"
	@BUILD_EXTENSION=yes $(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.for-tests: $(VENV)/bin/python $(SOURCES) locks/test.txt
	@echo "installing what the tests need, by hashes, and building the C extension"
	$(PACKAGES) -r locks/test.txt
	BUILD_EXTENSION=yes $(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $(VENV)/.installed $@

clean:  ## remove what was built
	rm -rf $(VENV) build dist *.egg-info orderbook_ext/*.so orderbook_ext/_book.c server/transport/native/_engine.*.so \
		server/transport/native/_engine.c server/transport/shm/_slots.*.so server/transport/shm/_slots.c shm/_reader.*.so shm/_reader.c recording/_ring.*.so recording/_ring.c
