#!/usr/bin/env bash
# The committed model is reproducible byte for byte, and its scores are above the floor.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../../lib/suite.sh"

if [ -s ../shared/data/tweet_emotions.csv ]; then
  check "training reproduces the committed artifact" make train-verify
  check "the scores on the test split are above the floor" "$BUN" model/evaluate.ts --check
else
  skip "no ../shared/data/tweet_emotions.csv: the artifact cannot be trained again"
  check "the committed report is above the floor" "$BUN" model/evaluate.ts --check
fi
finish
