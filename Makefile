# Every command a person needs. `make` alone explains itself.

PYTHON ?= python3
PY := .venv/bin/python
SERVICES := identity passport residency delivery notify support
# One service for `make migrate`, `make migration`; all of them when it is not given.
SERVICE ?=
# The one address people know: make run PORT=8090.
PORT ?= 8080
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory
export PYTHONUNBUFFERED = 1

## Begin

.PHONY: help
help: ## Show this
	@awk 'BEGIN { FS = ":.*## " } \
	  /^## / { printf "\n%s\n", substr($$0, 4) } \
	  /^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nFirst time here?  make run   then open what it prints.   make demo  tells one passport from sign-in to the door.\n'

.PHONY: run
run: install ## Start the whole platform here: no Docker, no root, no broker
	@exec $(PY) -m deploy.embedded run --port $(PORT)

.PHONY: demo
demo: install ## Play every journey on a platform of its own and tell it, in Arabic and English
	@exec $(PY) tests-e2e/demo.py

.PHONY: install
install: ## Make .venv with what running needs (run and demo do it by themselves)
	@$(PYTHON) tools/bootstrap.py

.PHONY: install-dev
install-dev: ## Make .venv with what tests and checks need, too
	@$(PYTHON) tools/bootstrap.py --dev

.PHONY: doctor
doctor: install ## Say what is wrong with this machine, and what to do
	@$(PY) -m tools.servers doctor

## Data of this folder (.run/data)

.PHONY: backup
backup: install ## Back up databases, keys and files into one file
	@exec $(PY) -m deploy.embedded backup $(FILE)

.PHONY: restore
restore: install ## Restore FILE=… into an empty cluster and check the invariants
	@exec $(PY) -m deploy.embedded restore $(FILE)

.PHONY: reset
reset: install ## Throw the data away; asks first and says what goes
	@exec $(PY) -m deploy.embedded reset

.PHONY: migrate
migrate: install ## Bring the databases of this folder to the newest version (SERVICE=… for one)
	@exec $(PY) -m deploy.embedded migrate $(SERVICE)

.PHONY: migration
migration: install-dev ## Begin a migration: SERVICE=passport NAME=what_it_does
	@exec $(PY) -m $(or $(SERVICE),$(error SERVICE=… is needed: one of $(SERVICES))) migration $(or $(NAME),$(error NAME=… is needed))

.PHONY: clean
clean: ## Remove what was built or cached; never .run/data
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -not -path './.venv/*' -not -path './.run/*' -prune -exec rm -rf {} +

## Check your change

.PHONY: test
test: install-dev ## Every test, on real PostgreSQL and real RabbitMQ (ARGS="-k fees" narrows it)
	@exec $(PY) -m tools.test $(ARGS)

.PHONY: check
check: ## What CI runs: static checks, tests, short faults, journeys; seconds of each
	@exec $(PYTHON) -m tools.check

.PHONY: fmt
fmt: install-dev ## Format, and mend what a machine can mend
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

.PHONY: lint
lint: install-dev ## Style and common mistakes
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

.PHONY: types
types: install-dev ## Types, strictly
	@$(PY) -m mypy $$($(PY) -m tools.project) tools deploy

.PHONY: imports
imports: install-dev ## Who may import whom
	@$(PY) -m tools.imports

.PHONY: rules
rules: install-dev ## House rules: commits, clock, settings, amounts, words, texts
	@$(PY) -m tools.rules

.PHONY: contracts
contracts: install-dev ## Write OpenAPI, AsyncAPI and schemas anew (BREAKING='why' for a break)
	@exec $(PY) -m tools.contracts write $(if $(BREAKING),--breaking "$(BREAKING)")

.PHONY: contracts-check
contracts-check: install-dev ## Fail where the code breaks a published contract
	@exec $(PY) -m tools.contracts check

.PHONY: diagram
diagram: install-dev ## Draw every state machine into the READMEs
	@exec $(PY) -m tools.diagram

.PHONY: licences
licences: install-dev ## Write THIRD_PARTY.md anew; fails on what we may not ship
	@exec $(PY) -m tools.licences

.PHONY: lock
lock: install-dev ## Pin every requirement with its hashes; no index and no host is recorded
	@$(PY) -m tools.lock

## Prove and measure

.PHONY: e2e
e2e: install-dev ## Journeys over HTTP, and in a real browser
	@exec $(PY) -m tools.test tests-e2e

.PHONY: matrix
matrix: install-dev ## Who may do what to whose record: every route by everybody, by every way; planted leaks are caught
	@exec $(PY) tests-e2e/matrix/run.py $(ARGS)

.PHONY: pages
pages: install-dev ## Every page in a real browser, in Arabic and English, wide and narrow: axe, our own rules, pictures (needs Chromium)
	@exec $(PY) tests-e2e/pages/run.py $(ARGS)

.PHONY: conformance
conformance: install-dev ## The OpenID provider against the plans, a certified peer, its broken twin and clients of others (needs Node.js)
	@exec $(PY) tests-e2e/conformance/run.py $(ARGS)

.PHONY: faults
faults: install-dev ## Kill and cut everything, a thousand times: nothing lost, nothing twice
	@exec $(PY) tests-e2e/faults/run.py

.PHONY: bench
bench: install-dev ## First figures, as ratios within one run
	@exec $(PY) tests-e2e/bench/run.py

## Servers (Docker)

.PHONY: up
up: ## Start a container per service, PostgreSQL and RabbitMQ
	docker compose -f deploy/compose.yaml up --build --detach

.PHONY: down
down: ## Stop them; data stays in their volumes
	docker compose -f deploy/compose.yaml down
