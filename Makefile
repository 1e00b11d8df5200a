# The one interface: people and CI use these targets and nothing else.
SHELL := bash
# Where Debian keeps nginx, and where an ordinary user's PATH does not look. No comment may follow on the line: macOS'
# make keeps the space before it.
export PATH := $(PATH):/usr/sbin:/sbin
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BUN := .tools/bun/node_modules/.bin/bun
CLI := $(BUN) ops/cli.ts
# Wrong settings are reported once, before anything is changed.
CHECKED := $(CLI) settings >/dev/null
# For a run without the rate limit: it is lifted by a reload, and put back by one at the end.
LIFTED := RATE_LIMIT=999999r/s RATE_BURST=999999
LIFT := $(CHECKED); trap '$(CLI) reload' EXIT; $(LIFTED) $(CLI) reload
RUNTIME_PACKAGES := nodejs nginx openssl mtail prometheus prometheus-alertmanager \
  prometheus-blackbox-exporter prometheus-nginx-exporter
TEST_PACKAGES := $(RUNTIME_PACKAGES) curl jq shellcheck

##@ Run (RUNTIME=native, compose or swarm; without it: what runs, or containers where they can run)
.PHONY: start-project stop-project restart-project deploy reload ps logs links
start-project: ## Start gateway, workers and monitoring, and wait until all are ready
	@ops/bootstrap.sh openssl
	@NATIVE_PACKAGES="$(RUNTIME_PACKAGES)" $(CLI) start
stop-project: ## Stop everything; no process and no port stays behind
	@ops/bootstrap.sh
	@$(CLI) stop
restart-project: ## Stop, then start
	@ops/bootstrap.sh openssl
	@NATIVE_PACKAGES="$(RUNTIME_PACKAGES)" $(CLI) restart
deploy: ## Rolling deploy of changed workers without a lost request; rolls back on failure
	@ops/bootstrap.sh
	@$(CLI) deploy
reload: ## Reload templates, settings, certificate and passwords without a lost request
	@ops/bootstrap.sh
	@$(CLI) reload
ps: ## List what runs
	@ops/bootstrap.sh
	@$(CLI) status
logs: ## Follow all logs (Ctrl-C ends)
	@ops/bootstrap.sh
	@$(CLI) logs
links: ## Print the URLs
	@ops/bootstrap.sh
	@$(CLI) links

##@ Check
.PHONY: test test-all lint doctor
test: ## Lint, unit, smoke, contract and browser tests; ONLY=hostile: one suite (tests/run.sh help lists them)
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh $(or $(ONLY),test)
test-all: ## Every suite: also native mode, containers, hostile input, faults, load tests (40 minutes)
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh all
lint: ## Formats, types, shell, nginx and Prometheus configuration
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh lint
doctor: ## Find risky settings: timeouts, passwords, certificate, ports, versions
	@ops/bootstrap.sh
	@$(CLI) doctor

##@ Your own API
.PHONY: dev new-worker remove-worker
new-worker: ## Add a worker: NAME=word-count; a version of a path: NAME=api-v3 ROUTE=/predict HEADER='X-Group: beta'
	@ops/bootstrap.sh
	@$(CLI) new-worker
remove-worker: ## Remove a worker: NAME=word-count (DEFAULT=other: who answers its path from then on)
	@ops/bootstrap.sh
	@$(CLI) remove-worker
dev: ## Restart workers on change, behind the gateway; types, tests and logs in one stream
	@ops/bootstrap.sh $(RUNTIME_PACKAGES)
	@$(CLI) dev

##@ Users and certificate
.PHONY: user-add user-remove user-list gen-certs
user-add: ## Add a user or change a password: NAME=..., password from a prompt, standard input or GENERATE=yes
	@ops/bootstrap.sh
	@$(CLI) users add
user-remove: ## Remove a user: NAME=...
	@ops/bootstrap.sh
	@$(CLI) users remove
user-list: ## List the users
	@ops/bootstrap.sh
	@$(CLI) users list
gen-certs: ## Replace the self-signed certificate for SERVER_NAMES; then make reload
	@ops/bootstrap.sh openssl
	@settings=$$($(CLI) settings); eval "$$settings"; SERVER_NAMES=$$SERVER_NAMES gateway/make-certs.sh --force

##@ Load and monitoring
.PHONY: loadtest generate dashboards-check
loadtest: ## Load tests with table and HTML report; NAME=soak or capacity: that script (DURATION=10m)
	@ops/bootstrap.sh
	@$(if $(filter capacity,$(NAME)),$(LIFT); $(LIFTED)) $(BUN) loadtests/runner/run.ts $(NAME)
generate: ## Write the Grafana dashboards and console pages from monitoring/dashboards
	@ops/bootstrap.sh
	@$(BUN) monitoring/dashboards/generate.ts
LOAD_SECONDS ?= 60
dashboards-check: ## Run every query of every panel, rule and alert after a short mixed load; none may be empty
	@ops/bootstrap.sh
	@$(BUN) monitoring/check/load.ts $(LOAD_SECONDS)
	@sleep 6 # one scrape
	@$(BUN) monitoring/check/dashboards.ts

##@ Several machines (RUNTIME=swarm)
.PHONY: push dashboards backup restore
push: ## Build every image, push it to REGISTRY=..., pin it by digest
	@ops/bootstrap.sh
	@$(CLI) push
dashboards: ## Prometheus and Grafana of the swarm on this machine's loopback (Ctrl-C ends)
	@ops/bootstrap.sh
	@$(CLI) dashboards
backup: ## Save volumes, users and certificate: TO=folder, on the manager that keeps them
	@ops/bootstrap.sh
	@$(CLI) backup "$(TO)"
restore: ## Restore a backup: FROM=folder, on the manager that keeps it from now on
	@ops/bootstrap.sh
	@$(CLI) restore "$(FROM)"

# Names of the last release, for one release more: each prints what it is called now, and does that.
stack-push := push
stack-deploy := deploy RUNTIME=swarm
stack-status := ps RUNTIME=swarm
stack-remove := stop-project RUNTIME=swarm
stack-dashboards := dashboards
stack-backup := backup
stack-restore := restore
test-swarm := test ONLY=swarm
soak := loadtest NAME=soak
capacity := loadtest NAME=capacity
RENAMED := stack-push stack-deploy stack-status stack-remove stack-dashboards stack-backup stack-restore test-swarm \
  soak capacity
.PHONY: $(RENAMED)
$(RENAMED):
	@echo "make $@ is now: make $($@)" >&2
	@$(MAKE) $($@)

# Targets of parts that can be removed: they leave with their folder.
-include */*.mk

##@ Help
.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { split($$1, t, " "); printf "  %-18s %s\n", t[1], $$2 }' $(MAKEFILE_LIST)
