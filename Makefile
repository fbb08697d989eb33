# `make` alone lists the commands. CI uses the same words.
.DEFAULT_GOAL := help
.PHONY: help run migrate seed test test-fast check bench bench-portal bench-messaging bench-pictures chaos assets words clean

# The system's Python starts everything; the scripts make .venv and use that.
with_python = @python=$$(sh scripts/find-python.sh) && exec "$$python"

help:
	@echo "Use it"
	@echo "  make run         start everything: portal, worker, carrier stand-in. Ctrl-C stops it. Settings:"
	@echo "                   PORT=8000 SANDBOX_PORT=8100 DATA_DIR=.data DEMO_PASSWORD=... (all of them: .env.example)"
	@echo "  make migrate     bring the database up to date (make run does it by itself)"
	@echo "  make seed        write the demonstration data again, beside a running portal"
	@echo "Check it"
	@echo "  make test        the whole check, as CI runs it: style, types, imports, migrations, tests, browser"
	@echo "                   TEST_DATABASE_URL=postgresql+psycopg://... TEST_REDIS_URL=redis://... for those servers too"
	@echo "  make test-fast   the tests that start no processes and no browser"
	@echo "  make check       style, types, imports"
	@echo "  make bench       bench-portal and bench-messaging; BENCH_DATABASE_URL=postgresql+psycopg://... for a server of your own"
	@echo "  make bench-portal     server time of lists with 1,000,000 numbers"
	@echo "  make bench-messaging  texts in and out, beside what this machine can do at most"
	@echo "  make bench-pictures   forty large pictures at once: /healthz and memory of the web process"
	@echo "  make chaos       10,000 texts in, 5,000 out, while everything is killed: ten minutes at most"
	@echo "Keep house"
	@echo "  make assets      fetch what pages load (htmx, Bootstrap) into app/static/vendor"
	@echo "  make words       gather the texts of the pages for translators (app/translations)"
	@echo "  make clean       remove what can be made again: .venv, caches, fetched files. Never data"

run:
	$(with_python) scripts/launch.py run

migrate:
	$(with_python) scripts/launch.py migrate

seed:
	$(with_python) scripts/launch.py seed

test:
	$(with_python) scripts/check.py all

test-fast:
	$(with_python) scripts/check.py fast

check:
	$(with_python) scripts/check.py static

bench: bench-portal bench-messaging

bench-portal:
	@.venv/bin/python -m bench.portal

bench-messaging:
	@.venv/bin/python -m bench.messaging

bench-pictures:
	@.venv/bin/python -m bench.pictures

chaos:
	$(with_python) scripts/check.py chaos

assets:
	$(with_python) scripts/check.py assets

words:
	$(with_python) scripts/words.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache app/static/vendor
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
