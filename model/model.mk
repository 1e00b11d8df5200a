##@ Model
DATA ?= ../shared/data/tweet_emotions.csv
GOEMOTIONS ?= # a folder; by default goemotions beside DATA
TRAINING_DATA = --data "$(DATA)" --goemotions "$(GOEMOTIONS)"

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
