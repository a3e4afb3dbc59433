# Shortcuts to the scripts; `make` alone lists them.
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

start: ## Serve the demonstration on http://127.0.0.1:8000
	./scripts/start

check: ## Format, lint, types and import contracts
	./scripts/install test
	./scripts/lint

check-all: ## Everything, tests on SQLite and on PostgreSQL included
	./scripts/test

fix: ## Repair the format and what lint can repair
	./scripts/lint --fix

lock: ## Rewrite requirements/*.txt from pyproject.toml
	./scripts/lock

.PHONY: help start check check-all fix lock
