# The commands for people and CI. Environments are installed on first use and again when their pins change.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The project's environment, to run the product (RUN) or also to test it (DEV), and an environment for each tool whose
# pins conflict with the project's.
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
EMULATOR := .tools/emulator/.installed
SAM := .tools/sam/.installed
CHECKOV := .tools/checkov/.installed
RUNTIME := .tools/runtime/.installed
UV := .tools/lock/.installed
NODE := .tools/node/.installed
AUDIT := .tools/audit/.installed
# Only for comparing them: benchmarks/transports.py.
TRANSPORTS := .tools/transports/.installed
# For `make bench`: the compared stacks in Python and in JavaScript, and the plotting library.
PEERS := .tools/peers/.installed
NODE_PEERS := .tools/node-peers/.installed
NODE20 := .tools/node20/.installed
BENCH := .tools/bench/.installed
# The page's type checker and accessibility checker: npm packages, pinned with hashes in a lock file.
PAGE := .tools/page/.installed
# Builds the page that is deployed; from npm likewise.
BUNDLE := .tools/bundle/.installed
# Renders docs/openapi.html; from npm likewise.
OPENAPI := .tools/openapi/.installed

# The first candidate that is Python 3.13 with venv. A pyenv shim works only if pyenv has 3.13 active.
find_python = $(or $(shell for python in "$(PYTHON)" python3.13 "$$(pyenv prefix 3.13 2>/dev/null || echo none)/bin/python3.13" python3; do \
	"$$python" -c 'import ensurepip, sys; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1 \
	&& { echo "$$python"; break; }; done),$(error Python 3.13 with venv is needed: install it (apt install python3.13-venv, \
	brew install python@3.13, pyenv install 3.13 or python.org/downloads), or name it: make PYTHON=/path/to/python3.13))

# $(call install,ENVIRONMENT): installs the versions pinned in the target's first prerequisite, checked by hashes.
define install
@echo "Installing $< into $(1)"
@$(find_python) -m venv $(1)
@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --requirement $<
endef

.PHONY: help
help: ## Show this list.
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target text; do printf 'make %-17s %s\n' "$$target" "$$text"; done

.PHONY: run
run: $(RUN) $(EMULATOR) $(if $(BUILT),$(BUNDLE)) ## Run the whole product on this machine, until Ctrl-C (BUILT=1: the page as published; EVENTS_TO=URL).
	@exec .venv/bin/python -m local $(if $(BUILT),--built) $(if $(EVENTS_TO),--events-to '$(EVENTS_TO)')

# An empty value is none. Without their caches the programs that the tests start compile all they import, each time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: check
check: lint ## Run what takes seconds: style, types, import rules, unit tests.
	.venv/bin/pytest tests/unit

.PHONY: test
test: $(DEV) $(EMULATOR) $(SAM) $(PAGE) $(BUNDLE) browser lint ## Run every check that needs no deployment, in lanes side by side.
	@exec .venv/bin/python -m tests.lanes

.PHONY: test-deep
test-deep: $(DEV) $(EMULATOR) $(SAM) $(CHECKOV) $(UV) $(PAGE) $(BUNDLE) browser browsers lint ## The same with all there is to try, on the published page: nightly, an hour.
	@TEST_DEPTH=deep exec .venv/bin/python -m tests.lanes

.PHONY: test-regressions
test-regressions: $(DEV) $(EMULATOR) $(SAM) $(PAGE) $(BUNDLE) browser ## Put back each fault that was found once, and see a test fail for it: half an hour (ONLY="S3 F11").
	.venv/bin/python -m tests.regressions $(ONLY)

.PHONY: test-browsers
test-browsers: $(DEV) browser browsers ## Run the page in Firefox and WebKit (Debian's packages, installed as root); part of test-deep.
	TEST_DEPTH=deep .venv/bin/pytest tests/browsers

.PHONY: test-deploy
test-deploy: $(DEV) $(EMULATOR) $(SAM) $(RUNTIME) ## Build, deploy to an emulator of AWS, and run what was built.
	.venv/bin/pytest tests/deployment

BENCHED := $(DEV) $(EMULATOR) $(SAM) $(RUNTIME) $(NODE)

.PHONY: bench
bench: $(BENCHED) $(PEERS) $(NODE_PEERS) $(NODE20) $(BENCH) ## Compare with what others would have built, into docs/performance.md (OPTIONS="--rounds 3").
	.venv/bin/python -m benchmarks.bench $(OPTIONS)

.PHONY: bench-growth
bench-growth: $(BENCHED) ## Measure how cost grows with items, participants, rooms, visits and callers, into docs/performance.md.
	.venv/bin/python -m benchmarks.growth $(OPTIONS)

.PHONY: bench-page
bench-page: $(DEV) $(BUNDLE) browser ## Measure what a reader of the page waits for and loads, into docs/performance.md.
	.venv/bin/python -m benchmarks.page $(OPTIONS)

.PHONY: bench-opening
bench-opening: $(DEV) $(NODE) ## Simulate how waiting pages get in when many doors open at once, into docs/performance.md.
	.venv/bin/python -m benchmarks.opening $(OPTIONS)

.PHONY: lint
lint: $(DEV) $(PAGE) ## Run the checks that execute nothing: style, types, import rules.
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.tools/node/bin/node .tools/page/node_modules/typescript/bin/tsc --project tests/e2e/page/jsconfig.json

.PHONY: format
format: $(DEV) ## Format the code.
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

.PHONY: pictures
pictures: $(DEV) $(EMULATOR) browser ## Take the pictures of the README and of docs/page.md again.
	PICTURES=docs .venv/bin/pytest --quiet tests/e2e/product/test_pictures.py tests/e2e/product/test_story.py tests/e2e/page/test_pictures.py

# The page's tests drive a real browser: CHROMIUM, else Chromium's headless shell, which takes half of the processor's
# time of the whole browser; `make test-deep` drives the whole one. What is not installed comes from Debian (as root),
# else from Playwright, which needs no root. Without a browser this target fails; no test is skipped.
test-deep bench-page pictures: export CHROMIUM ?= chromium

.PHONY: browser
browser: $(DEV)
	@program="$${CHROMIUM:-chromium-headless-shell}"; \
	if command -v "$$program" >/dev/null; then exit 0; fi; \
	case "$$program" in (chromium|chromium-headless-shell) ;; \
		(*) echo "CHROMIUM=$$program is not a program." >&2; exit 2;; esac; \
	echo "Installing $$program"; \
	if [ "$$(id -u)" = 0 ] && grep -qsx ID=debian /etc/os-release; then \
		apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$$program" >/dev/null; \
	else \
		.venv/bin/playwright install "$$program" \
		|| { echo "Chromium is needed: install it, or name it: make test CHROMIUM=/path/to/chromium" >&2; exit 2; }; \
	fi

.PHONY: browsers
browsers:
	@for program in firefox-esr WebKitWebDriver xvfb-run; do \
		if command -v "$$program" >/dev/null; then continue; fi; \
		if [ "$$(id -u)" != 0 ] || ! grep -qsx ID=debian /etc/os-release; then \
			echo "$$program is needed: install firefox-esr, webkit2gtk-driver, xvfb and xauth (Debian's names)." >&2; exit 2; \
		fi; \
		echo "Installing Firefox and WebKit"; \
		apt-get update -qq; \
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
			firefox-esr webkit2gtk-driver xvfb xauth >/dev/null; \
	done

# `make lock` keeps the pinned versions; `make lock UPGRADE=--upgrade` updates all that pyproject.toml allows.
COMPILE = UV_PYTHON_DOWNLOADS=never .tools/lock/bin/uv pip compile --quiet --no-header --universal --python-version 3.13 \
	--python .tools/lock/bin/python --generate-hashes --no-emit-index-url $(UPGRADE)

NPM = .tools/node/bin/npm --no-audit --no-fund --no-update-notifier --ignore-scripts --loglevel=error

.PHONY: lock
lock: $(UV) $(NODE) ## Pin the dependencies of pyproject.toml with hashes.
	$(COMPILE) pyproject.toml --output-file layers/core/requirements.txt
	$(COMPILE) pyproject.toml --group dev --constraint layers/core/requirements.txt --output-file requirements/dev.txt
	$(COMPILE) pyproject.toml --group run --constraint requirements/dev.txt --output-file requirements/run.txt
	$(COMPILE) --group adapter --constraint requirements/run.txt --output-file requirements/adapter.txt
	$(COMPILE) --group audit --output-file requirements/audit.txt
	$(COMPILE) --group checkov --output-file requirements/checkov.txt
	$(COMPILE) --group emulator --output-file requirements/emulator.txt
	$(COMPILE) --group lock --output-file requirements/lock.txt
	$(COMPILE) --group sam --output-file requirements/sam.txt
	$(COMPILE) --group node --output-file requirements/node.txt
	$(COMPILE) --group node20 --output-file requirements/node20.txt
	$(COMPILE) --group bench --output-file requirements/bench.txt
	$(COMPILE) --group peers --output-file requirements/peers.txt
	$(COMPILE) --group transports --output-file requirements/transports.txt
	$(COMPILE) --group runtime --output-file requirements/runtime.txt
	$(NPM) install --prefix requirements/bundle --package-lock-only --omit-lockfile-registry-resolved
	$(NPM) install --prefix requirements/openapi --package-lock-only --omit-lockfile-registry-resolved
	$(NPM) install --prefix requirements/page --package-lock-only --omit-lockfile-registry-resolved
	$(NPM) install --prefix requirements/peers --package-lock-only --omit-lockfile-registry-resolved

# `--strict` fails if a package cannot be audited, for example because the advisories cannot be reached.
.PHONY: audit
audit: $(AUDIT) ## Compare the versions that ship and run with published advisories; needs the Internet.
	.tools/audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
		--requirement layers/core/requirements.txt --requirement requirements/run.txt --requirement requirements/adapter.txt

# SAM_DEPLOY_OPTIONS adds options to `sam deploy`, such as a pipeline's --no-confirm-changeset.
.PHONY: deploy
deploy: $(RUN) $(SAM) $(BUNDLE) ## Build, deploy, publish the page and check it: make deploy ENV=dev (or prod).
	@exec .venv/bin/python -m deployment deploy $(ENV)

.PHONY: delete
delete: $(RUN) $(SAM) ## Delete the stack but keep table and secret: make delete ENV=dev (or prod).
	@exec .venv/bin/python -m deployment delete $(ENV)

# In the environment and not in the command: a client's id may have characters that a shell interprets.
.PHONY: caller
caller: export SUB := $(SUB)
caller: $(RUN) ## Show what stands for a client in the logs: make caller ENV=dev SUB=(the token's sub).
	@exec .venv/bin/python -m deployment caller $(ENV)

# In the environment, as above.
.PHONY: events
events: export REPLAY := $(REPLAY)
events: $(RUN) ## Count the events that endpoints have not taken: make events ENV=dev (REPLAY=(an endpoint): send them again).
	@exec .venv/bin/python -m deployment events $(ENV)

.PHONY: list-index
list-index: $(RUN) ## Add visits that an earlier version stored to the list's index, once: make list-index ENV=dev.
	@exec .venv/bin/python -m deployment list-index $(ENV)

.PHONY: company
company: $(RUN) ## Set what Bandyer's company needs to know of us: make company ENV=dev (OPTIONS="--check").
	@exec .venv/bin/python -m deployment company $(ENV) $(OPTIONS)

.PHONY: settings-from-mia
settings-from-mia: $(RUN) ## Print the original's settings as lines for samconfig.toml: FILE="mia.env config.json".
	@exec .venv/bin/python -m migration settings $(FILE)

.PHONY: import
import: $(RUN) ## Import Mia-Platform's visits; a dry run without OPTIONS="--write": make import ENV=dev FROM=dump/.
	@exec .venv/bin/python -m migration import $(if $(ENV),--env $(ENV)) $(if $(FROM),--from $(FROM)) $(OPTIONS)

.PHONY: export
export: $(RUN) ## Write what changed since the import, for the way back: make export ENV=dev TO=back/.
	@exec .venv/bin/python -m migration export $(if $(ENV),--env $(ENV)) $(if $(TO),--to $(TO))

.PHONY: openapi
openapi: $(DEV) $(OPENAPI) ## Write the request schemas of docs/openapi.yaml from the models, and docs/openapi.html.
	.venv/bin/python -m docs.build.openapi
	.venv/bin/python -m docs.build.openapi_page

.PHONY: architecture
architecture: $(DEV) ## Draw the imports between the packages into docs/architecture.md.
	.venv/bin/python -m docs.build.architecture

.PHONY: clean
clean: ## Remove environments, builds and caches.
	rm -rf .venv .tools .aws-sam .local .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The .pth file makes the layer's packages importable, like /opt/python on Lambda.
$(RUN): requirements/run.txt
	$(call install,.venv)
	@echo ../../../../layers/core >.venv/lib/python3.13/site-packages/layer.pth
	@touch $@

$(DEV): requirements/dev.txt
	$(call install,.venv)
	@echo ../../../../layers/core >.venv/lib/python3.13/site-packages/layer.pth
	@touch $(RUN) $@

$(EMULATOR) $(SAM) $(RUNTIME) $(CHECKOV) $(AUDIT) $(UV) $(NODE) $(TRANSPORTS) $(PEERS) $(NODE20) $(BENCH): .tools/%/.installed: requirements/%.txt
	$(call install,.tools/$*)
	@touch $@

$(BUNDLE): requirements/bundle/package-lock.json $(NODE)
$(OPENAPI): requirements/openapi/package-lock.json $(NODE)
$(PAGE): requirements/page/package-lock.json $(NODE)
$(NODE_PEERS): requirements/peers/package-lock.json $(NODE)
$(BUNDLE) $(OPENAPI) $(PAGE) $(NODE_PEERS):
	@echo "Installing $< into $(@D)"
	@mkdir -p $(@D)
	@cp $(<D)/package.json $< $(@D)
	@$(NPM) ci --prefix $(@D) >/dev/null
	@touch $@
