#!/usr/bin/env bash
# The committed model is what training gives, byte for byte, and is as good as it is said to be.
# shellcheck source=tests/lib/suite.sh
source "$(dirname "$0")/../../lib/suite.sh"

if [ -s ../shared/data/tweet_emotions.csv ]; then
  check "training again gives the committed artifact" make train-verify
  check "the scores on the test split are above the floor" "$BUN" model/evaluate.ts --check
else
  skip "no ../shared/data/tweet_emotions.csv: the artifact cannot be trained again"
  check "the committed report is above the floor" "$BUN" model/evaluate.ts --check
fi
finish
