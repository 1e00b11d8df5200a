##@ Model
DATASET := ../shared/data/tweet_emotions.csv
TRAINING_DATA = --data "$${DATA:-$(DATASET)}" --goemotions "$${GOEMOTIONS:-}"

.PHONY: train-own train train-verify evaluate study
train-own: ## Replace the model by one trained from CSV=path/to/file.csv, columns text and label (OUT=folder: write there)
	@ops/bootstrap.sh
	@$(BUN) model/train-own.ts --csv "$${CSV:-}" --out "$${OUT:-}"
train: ## Train the model from DATA=path/to/tweet_emotions.csv (GOEMOTIONS=folder, by default beside DATA)
	@ops/bootstrap.sh
	@$(BUN) model/train.ts $(TRAINING_DATA)
train-verify: ## Train again and compare the result with the committed artifact
	@ops/bootstrap.sh
	@$(BUN) model/train.ts $(TRAINING_DATA) --verify
evaluate: ## Score the model on the test part; writes model/artifact/report.json and .svg
	@ops/bootstrap.sh
	@$(BUN) model/evaluate.ts $(TRAINING_DATA)
study: ## Cross-validate all configurations and the ablation of feature families (about 15 minutes)
	@ops/bootstrap.sh
	@$(BUN) model/study.ts $(TRAINING_DATA)
