##@ Benchmarks
.PHONY: cpu-per-request
cpu-per-request: ## Measure CPU time per request of gateway and worker, for the sizing tables of ops/swarm/README.md
	@ops/bootstrap.sh wrk
	@$(LIFT); $(BUN) benchmarks/cpu-per-request.ts
