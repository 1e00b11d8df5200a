##@ Benchmarks of the emotion API
BENCH = $(CHECKED); trap '$(CLI) reload' EXIT; $(LIFTED) $(BUN) benchmarks/emotion/$(1).ts "$${DATA:-$(DATASET)}"
.PHONY: bench bench-scale
bench: ## Compare with Fastify, Hono, bare Bun and FastAPI + scikit-learn, and price features (DATA=path/to/tweet_emotions.csv)
	@ops/bootstrap.sh wrk openssl python3 python3-venv
	@$(call BENCH,run)
bench-scale: ## Measure CPU time by connections, replicas, sentences and characters (DATA=path/to/tweet_emotions.csv)
	@ops/bootstrap.sh wrk
	@$(call BENCH,scale)
