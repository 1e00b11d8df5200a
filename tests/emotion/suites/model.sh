#!/usr/bin/env bash
# The committed model is reproducible byte for byte, and its scores are above the floor.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../../lib/suite.sh"

if ! "$BUN" -e 'import { shipped } from "./model/index.ts"; process.exit(shipped ? 0 : 1)'; then
  skip "the model is from make train-own: there is no committed result to compare it with"
elif [ -s ../shared/data/tweet_emotions.csv ]; then
  check "training reproduces the committed artifact" make train-verify
  check "the scores on the test split are above the floor" "$BUN" model/evaluate.ts --check
else
  skip "no ../shared/data/tweet_emotions.csv: the artifact cannot be trained again"
  check "the committed report is above the floor" "$BUN" model/evaluate.ts --check
fi
finish
