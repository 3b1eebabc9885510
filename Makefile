# Two commands: `make run` shows the agent at work, `make test` checks everything. Both set up what is missing.
BIN := .venv/bin
# Continuous integration runs the tests in a name space without a network.
ISOLATED :=
# Two processes, each with a desktop and a home of its own; a file's tests stay together.
BESIDE := -n 2 --dist loadfile
READY := .venv/.ready

.PHONY: run test check fmt lint

run: $(READY)
	@.ci/packages run
	@$(BIN)/deskhand demo

test: $(READY) lint
	@.ci/packages run test
	$(ISOLATED) $(BIN)/pytest $(BESIDE)

# The fast subset: no virtual desktop, nothing slow.
check: $(READY) lint
	$(BIN)/pytest $(BESIDE) -m "not desktop and not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fmt: $(READY)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

$(READY): pyproject.toml constraints.txt .ci/environment .ci/base-model.txt
	@.ci/environment
	@touch $@
