##@ Benchmarks
.PHONY: bench cpu-per-request
bench: ## Side by side with bare Bun and FastAPI + scikit-learn: table and plot (DATA=path/to/tweet_emotions.csv)
	@ops/bootstrap.sh wrk openssl python3 python3-venv
	@$(CHECKED); trap '$(CLI) reload' EXIT; $(LIFTED) $(BUN) benchmarks/run.ts "$(DATA)"
cpu-per-request: ## What a request costs the gateway and a worker: the figures that ops/swarm/README.md plans with
	@ops/bootstrap.sh wrk
	@$(LIFT); $(BUN) benchmarks/cpu-per-request.ts
