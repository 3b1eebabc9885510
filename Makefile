# Two commands: `make run` shows the agent at work, `make test` checks everything. Both set up what is missing.
BIN := .venv/bin
# Continuous integration runs the tests in a name space without a network.
ISOLATED :=
# Two processes, each with a desktop and a home of its own; a file's tests stay together.
BESIDE := -n 2 --dist loadfile
# An application that does not open on a busy machine is no fault of what is tested: such a test, and no other, is run once more, and said so.
AGAIN := --reruns 1 --only-rerun 'no window matching .+ appeared within'
READY := .venv/.ready

.PHONY: run test check fmt lint

run: $(READY)
	@.ci/packages run
	@$(BIN)/deskhand demo

test: $(READY) lint
	@.ci/packages run test
	$(ISOLATED) $(BIN)/pytest $(BESIDE) $(AGAIN)

# The fast subset: no virtual desktop, nothing slow.
check: $(READY) lint
	$(BIN)/pytest $(BESIDE) -p no:rerunfailures -m "not desktop and not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

fmt: $(READY)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

$(READY): pyproject.toml constraints.txt .ci/environment .ci/models.txt
	@.ci/environment
	@touch $@
