# Two commands matter: `make run` plays the demo on this machine, `make test` runs every test.
# Both need Python 3.11 or newer, git and make; everything else is fetched into this folder.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export PORT

.PHONY: help run test scenarios bench check style types floors compose tck bundles migration clean coverage-page

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .prepared-run ## play the demo region: http://127.0.0.1:8000 (PORT changes it), Ctrl-C stops it
	@exec $(BIN)/vekha up --demo --follow-parent

test: .prepared-dev ## run every test (TEST_DATABASE_URL, REDIS_URL: on PostgreSQL and Redis as well)
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

scenarios: .prepared-run ## play the scenarios of the processes (ARGS: other files, options): docs/scenarios.md
	@$(BIN)/vekha scenario $(or $(ARGS),tests/scenarios)

check: style types floors compose test ## what must hold before a commit is shared

style: .prepared-dev ## how the code is written
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: .prepared-dev ## what mypy can prove
	@$(BIN)/mypy

floors: .prepared-dev ## who may import whom
	@$(BIN)/lint-imports --no-cache

compose: .prepared-dev ## docker-compose.yml against its specification
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: .prepared-dev ## what one completion costs: engine beside stock SpiffWorkflow (ARGS=--help), then over HTTP
	@$(BIN)/python -m bench.engine $(ARGS)
	@$(BIN)/python -m bench.http

tck: .prepared-dev ## cases of the DMN TCK: make tck TCK=folder (V=-v shows each failure)
	@test -d "$(TCK)" || { echo 'Say where the cases are: make tck TCK=folder'; exit 1; }
	@$(BIN)/python -m tests.tck "$(TCK)" $(V)

bundles: .prepared-run ## style sheets and scripts of the pages

coverage-page: .prepared-dev ## write docs/bpmn-coverage.md anew from the scenarios
	@$(BIN)/python -m tests.coverage_page

migration: .prepared-dev ## a new migration from the changed tables: make migration m="add remarks"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="add remarks"'; exit 1; }
	@$(BIN)/vekha db upgrade
	@$(BIN)/vekha db migrate -m "$(m)"

clean: ## remove everything that can be made again; data in var/ stays
	rm -rf .venv frontend/node_modules app/web/static/bundles build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The script knows what is up to date; it must be asked every time.
.PHONY: .prepared-run .prepared-dev
.prepared-run:
	@command -v $(PYTHON) >/dev/null || { echo "Vekha needs Python 3.11 or newer; no $(PYTHON) was found."; exit 1; }
	@$(PYTHON) .ci/prepare.py run
.prepared-dev:
	@command -v $(PYTHON) >/dev/null || { echo "Vekha needs Python 3.11 or newer; no $(PYTHON) was found."; exit 1; }
	@$(PYTHON) .ci/prepare.py dev
