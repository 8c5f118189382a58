# Needs Python 3.11 or newer and make; nothing else.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: demo test test-fast check format generated clean

demo: .venv/.program  ## Install and run the main job against a newsroom on this machine.
	$(BIN)/monitor demo

test: $(INSTALLED) check  ## Install and pass all tests and checks; only the core is traced, since tracing doubles the time of the rest.
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(CORE_TESTS) -n logical
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --include '$(CORE)' --fail-under 95 --skip-covered
	$(BIN)/python -m pytest $(addprefix --ignore=,$(CORE_TESTS)) -n logical

test-fast: $(INSTALLED)  ## The tests without the orchestrator, the replay and the kills.
	$(BIN)/python -m pytest -m "not orchestrator and not replay and not processes" -n logical -q

check: $(INSTALLED)  ## Style, types, import contracts, generated files, the profile's own examples.
	$(BIN)/ruff check src flows tests benchmarks
	$(BIN)/ruff format --check src flows tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/monitor topics check
	$(BIN)/monitor topics check sudan-talks

format: $(INSTALLED)
	$(BIN)/ruff check --fix src flows tests benchmarks
	$(BIN)/ruff format src flows tests benchmarks

generated: $(INSTALLED)  ## Write warehouse/event/*.sql, warehouse/README.md and docs/dictionary.md from the event models and the SQL files.
	$(BIN)/python -m monitor.warehouse.staging

.venv/.program: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(INSTALLED): .venv/.program
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage* warehouse/demo

# The pure core, by name: everything that does not touch the world; and its tests, which touch no warehouse.
CORE := src/monitor/alerts/*,src/monitor/subscriptions.py,src/monitor/aliases.py,src/monitor/articles/*,src/monitor/claims.py,src/monitor/corpus.py,src/monitor/detection.py,src/monitor/duplicates/*,src/monitor/events/*,src/monitor/feeds/*,src/monitor/fingerprints.py,src/monitor/gate.py,src/monitor/ids.py,src/monitor/language_packs.py,src/monitor/liveblogs.py,src/monitor/mentions/*,src/monitor/proposals.py,src/monitor/ranking.py,src/monitor/readings.py,src/monitor/schedule.py,src/monitor/scoring.py,src/monitor/sieve.py,src/monitor/stories.py,src/monitor/topics.py,src/monitor/topics_check.py,src/monitor/urls.py,src/monitor/words.py
CORE_TESTS := $(addprefix tests/test_,$(addsuffix .py,alert_rules alert_text aliases articles claim_sources claim_speech claims corpus dates detection documents duplicates events extract extract_walls feeds fingerprints gate ids liveblogs mentions notify polling_rules proposals proposals_metamorphic ranking readings schedule sieve stories topics twins urls words))
