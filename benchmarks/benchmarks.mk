##@ Benchmarks
.PHONY: cpu-per-request
cpu-per-request: ## What a request costs the gateway and a worker: the figures that ops/swarm/README.md plans with
	@ops/bootstrap.sh wrk
	@$(LIFT); $(BUN) benchmarks/cpu-per-request.ts
