##@ Benchmark of the emotion API
.PHONY: bench
bench: ## Compare with bare Bun and FastAPI + scikit-learn: table and plot (DATA=path/to/tweet_emotions.csv)
	@ops/bootstrap.sh wrk openssl python3 python3-venv
	@$(CHECKED); trap '$(CLI) reload' EXIT; $(LIFTED) $(BUN) benchmarks/emotion/run.ts "$${DATA:-$(DATASET)}"
