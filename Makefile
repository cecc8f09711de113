# The verbs of this project. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
DEMO := out/demo
GROUP := out/group
EXAMPLE := examples/cabinet-office

.DEFAULT_GOAL := help
.PHONY: help setup demo serve screenshots test test-fast lint format types bench docs audit lock ledger clean

help: ## List the verbs
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Set up everything that development needs
	@$(PYTHON) tools/setup_env.py dev

demo: ## Build the real example and show where the results are
	@$(PYTHON) tools/setup_env.py run
	@$(BIN)/python tools/demo.py $(DEMO)

serve: ## Serve the portal of a synthetic group, with one person per role to sign in as
	@$(PYTHON) tools/setup_env.py portal
	@$(BIN)/python tools/serve_demo.py $(GROUP)

screenshots: setup ## Take the pictures of the portal that the docs show
	@$(BIN)/python tools/serve_demo.py $(GROUP) --make
	@$(BIN)/python tools/screenshots.py $(GROUP) docs/images/portal

test: setup ## Set up what tests need, and run them all
	$(BIN)/pytest -n 2 --dist worksteal

test-fast: setup ## Run the tests that take no browser and no patience
	$(BIN)/pytest -n 2 -m "not slow and not browser"

lint: setup ## Style, types, order of folders, generated docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/write_reference.py --check

format: setup ## Bring all code to the one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## Measure against limits and peers, and write docs/reference/performance.md
	@$(PYTHON) tools/setup_env.py bench
	@$(PYTHON) tools/setup_env.py peers
	$(BIN)/python benchmarks/run.py

docs: setup ## Write the generated reference pages again
	$(BIN)/python tools/write_reference.py

audit: setup ## Look for known faults of the packages that are locked
	$(BIN)/python tools/audit.py

lock: setup ## Lock the versions of all packages again
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra portal --extra postgres --extra saml pyproject.toml -o requirements/portal.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra portal --extra saml --group dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements/dev.txt --group bench -o requirements/bench.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group peers -o requirements/peers.txt

ledger: setup ## Make the example's ledger.csv from a folder of monthly files: make ledger DATA=...
	$(BIN)/python $(EXAMPLE)/make_ledger.py $(DATA)

clean: ## Remove what was built (the environment stays)
	rm -rf out dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
