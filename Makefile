# Users and CI run these targets only.
SHELL := bash
# Debian's nginx is in /usr/sbin, which is not on every user's PATH. No comment after the value: make on macOS keeps the
# space before it.
export PATH := $(PATH):/usr/sbin:/sbin
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BUN := .tools/bun/node_modules/.bin/bun
CLI := $(BUN) ops/cli.ts
# A variable of the command line only: some shells have a NAME of their own.
given = $(if $(filter command%,$(origin $(1))),$($(1)))
# It reaches the recipe through the environment: in the text of a recipe the shell would run what it holds.
argument = $(if $(filter command%,$(origin $(1))),"$$$(1)","")
# Refuses a version where none is chosen, and VERSION, which is named TO.
refuse = $(if $(call given,$(1)),echo "error: $(2)" >&2; exit 1)
# Refuses variables and targets that the recipe does not use: a misspelt ALLOW would let nobody in, and a text without quotes
# becomes targets.
others = $(foreach name,$(.VARIABLES),$(if $(filter command%,$(origin $(name))),$(filter-out $(1) RUNTIME,$(name)))) \
  $(filter-out $@,$(MAKECMDGOALS))
refuse_others = $(if $(strip $(call others,$(1))),echo "error: make $@ takes no $(firstword $(call others,$(1))); it takes $(1) and \
  needs quotes around a text" >&2; exit 1)
NO_VERSION = $(or $(call refuse,TO,$(TO_ONLY)),$(call refuse,VERSION,$(TO_ONLY)))
CANARY_OPTIONS := STEPS STEP_TIME ON_TIMEOUT AGREE SAMPLE
TO_ONLY = make $@ takes no version: make rollback NAME=… TO=… returns to one
# Invalid settings stop a command before it changes anything.
CHECKED := $(CLI) settings >/dev/null
# Lifts the rate limit for one command: a reload before it and a reload after it.
LIFTED := RATE_LIMIT=999999r/s RATE_BURST=999999
LIFT := $(CHECKED); trap '$(CLI) reload' EXIT; $(LIFTED) $(CLI) reload
RUNTIME_PACKAGES := nodejs nginx openssl mtail prometheus prometheus-alertmanager \
  prometheus-blackbox-exporter prometheus-nginx-exporter
TEST_PACKAGES := $(RUNTIME_PACKAGES) curl jq shellcheck

##@ Run (RUNTIME=native, compose or swarm; default: the running one, else compose where Docker answers, else native)
.PHONY: start-project stop-project restart-project deploy reload maintenance ps logs links
start-project: ## Start gateway, workers and monitoring, and wait until all are ready
	@ops/bootstrap.sh openssl
	@NATIVE_PACKAGES="$(RUNTIME_PACKAGES)" $(CLI) start
stop-project: ## Stop all processes and free all ports
	@ops/bootstrap.sh
	@$(CLI) stop
restart-project: ## Stop, then start
	@ops/bootstrap.sh openssl
	@NATIVE_PACKAGES="$(RUNTIME_PACKAGES)" $(CLI) restart
deploy: ## Rolling deploy of changed workers, or NAME=...; rolls back on failure (CHECK=no: no type check)
	@$(NO_VERSION)
	@ops/bootstrap.sh
	@$(CLI) deploy $(call argument,NAME)
reload: ## Reload templates, settings, certificate and passwords, without lost requests
	@ops/bootstrap.sh
	@$(CLI) reload
maintenance: ## Answer new requests with 503: STATE=on or off (MESSAGE=text ALLOW=addresses that get through); those in progress end as usual
	@$(call refuse_others,STATE MESSAGE ALLOW)
	@ops/bootstrap.sh
	@$(CLI) maintenance $(call argument,STATE) $(if $(filter command%,$(origin MESSAGE)),"$$SAID","") $(call argument,ALLOW)
maintenance: export SAID := $(value MESSAGE)
ps: ## List the running services
	@ops/bootstrap.sh
	@$(CLI) status
logs: ## Follow all logs (Ctrl-C ends)
	@ops/bootstrap.sh
	@$(CLI) logs
links: ## Print the URLs
	@ops/bootstrap.sh
	@$(CLI) links

##@ Releases
.PHONY: versions rollback preview preview-end shadow shadow-report shadow-stop canary canary-status canary-abort release experiment
versions: ## List the versions of all workers, or NAME=...: live (held: by a rollback), previewed, kept and failed
	@$(NO_VERSION)
	@ops/bootstrap.sh
	@$(CLI) versions $(call argument,NAME)
rollback: ## Return to the version before: NAME=... (TO=digits: to that version) and hold it until make deploy; builds nothing
	@$(call refuse,VERSION,write TO=… instead of VERSION=…)
	@ops/bootstrap.sh
	@$(CLI) rollback $(call argument,NAME) $(call argument,TO)
preview: ## Run the sources beside what is live, reached by X-Version: all changed workers, or NAME=... (DATA=live: its data)
	@$(NO_VERSION)
	@ops/bootstrap.sh
	@$(CLI) preview $(call argument,NAME) $(call argument,DATA)
preview-end: ## End all previews, or NAME=...
	@$(NO_VERSION)
	@ops/bootstrap.sh
	@$(CLI) preview-end $(call argument,NAME)
shadow: ## Ask another version too, without clients: FROM=worker TO=worker, or TO=digits of a preview (SAMPLE=10% ROUTE=/path NOISE=10% KEEP=0)
	@ops/bootstrap.sh
	@$(CLI) shadow $(foreach name,FROM TO SAMPLE ROUTE NOISE KEEP,$(call argument,$(name)))
shadow-report: ## Show how the answers differ, with intervals (JSON=yes)
	@ops/bootstrap.sh
	@$(CLI) shadow-report $(if $(filter yes,$(JSON)),--json)
shadow-stop: ## End the shadow
	@ops/bootstrap.sh
	@$(CLI) shadow-stop
canary: ## Give another version a growing share of clients while it is as good: FROM=worker TO=worker, or TO=digits of a preview (STEPS=0,5,25,50,100 STEP_TIME=30m)
	@ops/bootstrap.sh
	@$(CLI) canary $(foreach name,FROM TO $(CANARY_OPTIONS),$(call argument,$(name)))
canary-status: ## Show the share, the evidence and the decisions (JSON=yes)
	@ops/bootstrap.sh
	@$(CLI) canary-status $(if $(filter yes,$(JSON)),--json)
canary-abort: ## End the canary: the live version answers all clients
	@ops/bootstrap.sh
	@$(CLI) canary-abort
release: ## Deploy in steps, each when the one before is proved: preview, shadow, canary, all replicas: NAME=... (options of make canary)
	@$(NO_VERSION)
	@ops/bootstrap.sh
	@$(CLI) release $(foreach name,NAME $(CANARY_OPTIONS),$(call argument,$(name)))
experiment: ## Compare two workers that share a route, with intervals valid at any time: A=... B=... (SPLIT=50% EFFECT=0.5)
	@ops/bootstrap.sh
	@$(CLI) experiment $(foreach name,A B SPLIT EFFECT,$(call argument,$(name)))

##@ Check
.PHONY: test test-all format lint doctor
test: ## Lint, unit, smoke, contract and browser tests; ONLY=name: one suite (tests/run.sh help lists them)
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh $${ONLY:-test}
test-all: ## All suites, also native mode, containers, hostile input, faults and load tests (under an hour)
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh all
format: ## Format TypeScript, JavaScript, JSON and Markdown
	@ops/bootstrap.sh
	@node_modules/.bin/biome check --write .
lint: ## Check format, types, shell scripts, nginx and Prometheus configuration
	@ops/bootstrap.sh $(TEST_PACKAGES)
	@tests/run.sh lint
doctor: ## Find risky settings: timeouts, passwords, certificate, ports, versions
	@ops/bootstrap.sh
	@$(CLI) doctor

##@ Your own API
.PHONY: dev new-worker remove-worker secret add
new-worker: ## Add a worker: NAME=word-count; a version of a path: NAME=api-v3 ROUTE=/predict HEADER='X-Experiment-Group: beta'
	@ops/bootstrap.sh
	@$(CLI) new-worker
remove-worker: ## Remove a worker: NAME=word-count (DEFAULT=other: the new default worker of its path)
	@ops/bootstrap.sh
	@$(CLI) remove-worker
secret: ## Write a worker's secret: NAME=API_KEY, text from a prompt, standard input or GENERATE=yes
	@ops/bootstrap.sh
	@$(CLI) secret
add: ## Add npm packages, pinned, for workers to import: PACKAGE=ibantools or PACKAGE='ibantools@4.5.0 sharp'
	@ops/bootstrap.sh
	@$(CLI) add
	@ops/bootstrap.sh >/dev/null
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
gen-certs: ## Replace the self-signed certificate, for SERVER_NAMES; make reload uses it
	@ops/bootstrap.sh openssl
	@settings=$$($(CLI) settings); eval "$$settings"; SERVER_NAMES=$$SERVER_NAMES gateway/make-certs.sh --force

##@ Backup
.PHONY: backup restore
backup: ## Save certificate, users, secrets and volumes: TO=folder (on a swarm: on the manager node that has the volumes)
	@ops/bootstrap.sh
	@$(CLI) backup "$${TO:-}"
restore: ## Restore a backup: FROM=folder (on a swarm: on the manager node that gets the volumes)
	@ops/bootstrap.sh
	@$(CLI) restore "$${FROM:-}"

##@ Load and monitoring
.PHONY: loadtest generate dashboards-check
loadtest: ## Run the load tests: table and HTML report; NAME=soak or capacity: one script (DURATION=10m)
	@ops/bootstrap.sh
	@$(if $(filter capacity,$(call given,NAME)),$(LIFT); $(LIFTED)) $(BUN) loadtests/runner/run.ts $(if $(call given,NAME),$$NAME)
generate: ## Generate the Grafana dashboards and console pages from monitoring/dashboards
	@ops/bootstrap.sh
	@$(BUN) monitoring/dashboards/generate.ts
dashboards-check: ## Run every query of every panel, rule and alert after a short mixed load; each must return data
	@ops/bootstrap.sh
	@$(BUN) monitoring/check/load.ts "$${LOAD_SECONDS:-60}"
	@sleep 6 # one scrape
	@$(BUN) monitoring/check/dashboards.ts

##@ Several machines (RUNTIME=swarm)
.PHONY: push dashboards
push: ## Build all images, push them to REGISTRY=... and pin them by digest
	@ops/bootstrap.sh
	@$(CLI) push
dashboards: ## Forward Prometheus and Grafana of the swarm to loopback (Ctrl-C ends)
	@ops/bootstrap.sh
	@$(CLI) dashboards
# Targets of removable parts are in their folders.
-include */*.mk

# Deprecated names, for one more release: each prints its new name and runs it.
stack-push := push
stack-deploy := deploy RUNTIME=swarm
stack-status := ps RUNTIME=swarm
stack-remove := stop-project RUNTIME=swarm
stack-dashboards := dashboards
stack-backup := backup RUNTIME=swarm
stack-restore := restore RUNTIME=swarm
test-swarm := test ONLY=swarm
soak := loadtest NAME=soak
capacity := loadtest NAME=capacity
RENAMED := stack-push stack-deploy stack-status stack-remove stack-dashboards stack-backup stack-restore test-swarm \
  soak capacity
.PHONY: $(RENAMED)
$(RENAMED):
	@echo "make $@ is now: make $($@)" >&2
	@$(MAKE) $($@)

##@ Help
.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { split($$1, t, " "); printf "  %-18s %s\n", t[1], $$2 }' $(MAKEFILE_LIST)
