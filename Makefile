# The one interface: people and CI use these targets and nothing else.
SHELL := bash
# Where Debian keeps nginx, and where an ordinary user's PATH does not look. No comment may follow on the line: macOS'
# make keeps the space before it.
export PATH := $(PATH):/usr/sbin:/sbin
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BUN := .tools/bun/node_modules/.bin/bun
DATA ?= ../shared/data/tweet_emotions.csv
GOEMOTIONS ?= # a folder; by default goemotions beside DATA
# Wrong settings are said once, before anything is changed.
CHECKED := $(BUN) ops/settings.ts >/dev/null
TRAINING_DATA = --data "$(DATA)" --goemotions "$(GOEMOTIONS)"
RUNTIME_PACKAGES := nodejs nginx openssl mtail prometheus prometheus-alertmanager \
  prometheus-blackbox-exporter prometheus-nginx-exporter
TEST_PACKAGES := $(RUNTIME_PACKAGES) curl jq shellcheck

##@ Run
.PHONY: start-project stop-project restart-project deploy ps logs links
start-project: ## Bring everything up: gateway, workers, monitoring (RUNTIME=native or compose)
	@ops/bootstrap.sh openssl
	@NATIVE_PACKAGES="$(RUNTIME_PACKAGES)" $(BUN) ops/up.ts
stop-project: ## Stop everything: no process and no port stays behind
	@ops/bootstrap.sh
	@STOPPING=yes $(BUN) ops/down.ts
restart-project: ## Stop, then start
	@ops/bootstrap.sh
	@$(CHECKED)
	@$(MAKE) stop-project
	@$(MAKE) start-project
deploy: ## Replace the workers by what the source says now: one at a time, no request lost, back if it fails
	@ops/bootstrap.sh
	@$(BUN) ops/deploy.ts
ps: ## What runs
	@ops/bootstrap.sh
	@$(BUN) ops/ps.ts
logs: ## Follow all logs (Ctrl-C ends)
	@ops/bootstrap.sh
	@$(BUN) ops/logs.ts
links: ## Where everything answers
	@ops/bootstrap.sh
	@$(BUN) ops/links.ts

##@ Check
.PHONY: test test-all lint doctor
test: ## Lint, unit, smoke, contract and browser tests; ONLY=hostile: that suite of tests/suites
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh $(or $(ONLY),test)
test-all: ## Every suite: also native mode, containers, hostile input, faults, load tests (40 minutes)
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh all
lint: ## Formats, types, shell, nginx and Prometheus configuration
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh lint
doctor: ## What is set so that it will hurt later: timeouts, passwords, certificate, ports, versions
	@ops/bootstrap.sh
	@$(BUN) ops/doctor.ts

##@ Your own API
.PHONY: dev new-worker remove-worker
new-worker: ## Add a worker: NAME=word-count; a version of a path: NAME=api-v3 ROUTE=/predict HEADER='X-Group: beta'
	@ops/bootstrap.sh
	@$(BUN) ops/scaffold/new-worker.ts
remove-worker: ## Remove a worker: NAME=word-count (DEFAULT=other: who answers its path from then on)
	@ops/bootstrap.sh
	@$(BUN) ops/scaffold/remove-worker.ts
dev: ## Workers that restart on change, behind the gateway, with types, tests and logs in one stream
	@ops/bootstrap.sh $(RUNTIME_PACKAGES)
	@$(BUN) ops/native/dev.ts

##@ Load
LIFTED := RATE_LIMIT=999999r/s RATE_BURST=999999
.PHONY: loadtest soak capacity bench
loadtest: ## Rate limit, distribution, header split under load: table and HTML report (NAME=...: one script)
	@ops/bootstrap.sh
	@$(BUN) loadtests/runner/run.ts $(NAME)
soak: ## A long run at a fixed rate, with the memory slope of each replica (DURATION=10m)
	@ops/bootstrap.sh
	@$(BUN) loadtests/runner/run.ts soak
capacity: ## Raise the rate until the SLO breaks; the limit is lifted for the run
	@ops/bootstrap.sh
	@$(CHECKED); trap '$(BUN) ops/reload.ts' EXIT; $(LIFTED) $(BUN) ops/reload.ts; $(LIFTED) $(BUN) loadtests/runner/run.ts capacity

bench: ## Side by side with bare Bun and FastAPI + scikit-learn: table and plot (DATA=path/to/tweet_emotions.csv)
	@ops/bootstrap.sh wrk openssl python3 python3-venv
	@$(CHECKED); trap '$(BUN) ops/native/reload.ts' EXIT; $(LIFTED) $(BUN) benchmarks/run.ts "$(DATA)"

##@ Monitoring
.PHONY: dashboards dashboards-check
dashboards: ## Write the Grafana dashboards and the console pages from monitoring/figures
	@ops/bootstrap.sh
	@$(BUN) monitoring/figures/generate.ts
LOAD_SECONDS ?= 60
dashboards-check: ## A short mixed load, then every query of every panel, rule and alert: none may be empty
	@ops/bootstrap.sh
	@$(BUN) monitoring/check/load.ts $(LOAD_SECONDS)
	@sleep 6 # one scrape
	@$(BUN) monitoring/check/dashboards.ts

##@ Many machines
.PHONY: stack-push stack-deploy stack-status stack-remove stack-backup stack-restore stack-dashboards \
  cpu-per-request test-swarm
test-swarm: ## The stack on three nodes of this machine (root; eight minutes, not part of .ci/run)
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh swarm
stack-push: ## Build every image, push it to REGISTRY=..., pin it by digest
	@ops/bootstrap.sh
	@$(BUN) ops/swarm/push.ts
stack-deploy: ## Bring this swarm to what compose.yaml and ops/swarm/stack.yaml say, or leave it as it was
	@ops/bootstrap.sh openssl
	@$(BUN) ops/swarm/deploy.ts
stack-status: ## What should run, what runs, and where
	@ops/bootstrap.sh
	@$(BUN) ops/swarm/status.ts
stack-dashboards: ## Prometheus and Grafana of the swarm on this machine's loopback (Ctrl-C ends)
	@ops/bootstrap.sh
	@$(BUN) ops/swarm/dashboards.ts
stack-remove: ## Take the stack off the swarm; volumes stay
	@ops/bootstrap.sh
	@$(BUN) ops/swarm/remove.ts
stack-backup: ## Save what a swarm cannot make again (TO=folder), on the manager that keeps it
	@ops/bootstrap.sh
	@$(BUN) ops/swarm/backup.ts save "$(TO)"
stack-restore: ## Put it back (FROM=folder), on the manager that keeps it from now on
	@ops/bootstrap.sh
	@$(BUN) ops/swarm/backup.ts restore "$(FROM)"
cpu-per-request: ## What a request costs the gateway and a worker: the figures that ops/swarm/README.md plans with
	@ops/bootstrap.sh wrk
	@$(CHECKED); trap '$(BUN) ops/native/reload.ts' EXIT; $(LIFTED) $(BUN) ops/native/reload.ts; $(BUN) benchmarks/cpu-per-request.ts

##@ Model
.PHONY: train train-verify evaluate study
train: ## Train the model from DATA=path/to/tweet_emotions.csv and the folder GOEMOTIONS=... (beside it)
	@ops/bootstrap.sh
	@$(BUN) model/train.ts $(TRAINING_DATA)
train-verify: ## Train again and compare with the committed artifact, byte for byte
	@ops/bootstrap.sh
	@$(BUN) model/train.ts $(TRAINING_DATA) --verify
evaluate: ## Score the model on tweets it never saw; writes model/artifact/report.json and .svg
	@ops/bootstrap.sh
	@$(BUN) model/evaluate.ts $(TRAINING_DATA)
study: ## Every configuration tried, on validation, and what each feature family adds (about 15 minutes)
	@ops/bootstrap.sh
	@$(BUN) model/study.ts $(TRAINING_DATA)

##@ Gateway
.PHONY: reload user-add user-remove user-list gen-certs
reload: ## Read templates, settings, certificate and passwords again, without losing a request
	@ops/bootstrap.sh
	@$(BUN) ops/reload.ts
user-add: ## Add a user or change a password: NAME=..., password from a prompt or standard input, or GENERATE=yes
	@ops/bootstrap.sh
	@$(BUN) ops/users.ts add
user-remove: ## Remove a user: NAME=...
	@ops/bootstrap.sh
	@$(BUN) ops/users.ts remove
user-list: ## Who may predict
	@ops/bootstrap.sh
	@$(BUN) ops/users.ts list
gen-certs: ## Make a new self-signed certificate for SERVER_NAMES (the old one is replaced); then make reload
	@ops/bootstrap.sh openssl
	@settings=$$($(BUN) ops/settings.ts); eval "$$settings"; SERVER_NAMES=$$SERVER_NAMES gateway/make-certs.sh --force

##@ Help
.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { split($$1, t, " "); printf "  %-18s %s\n", t[1], $$2 }' $(MAKEFILE_LIST)
