# shellcheck shell=bash disable=SC2016 # jq has variables of its own
# The contract of the emotion API, request by request. Sourced by tests/run_tests.sh.
echo "- the emotion API"
love='{"sentence":"I love this, thank you so much!"}'
predict() { request "${AUTH[@]}" "${JSON[@]}" "$@" "$URL/predict"; }

predict -d "$love"
expect_status "v1 answers 200" 200
expect_json "v1 answers with the prediction only" 'keys == ["prediction value"]'
v1=$(jq -r '."prediction value"' <<<"$BODY")
predict -d "$love" -H 'X-Experiment-Group: debug'
expect_status "v2 answers 200" 200
labels=$(jq -c '.labels | sort' model/artifact/emotion.json)
expect_json "v2: a probability for each of the model's $(jq length <<<"$labels") labels, which sum to 1" \
  ".prediction_proba_dict | (keys == $labels) and ((add - 1) | fabs < 1e-6)"
expect_json "v2: the prediction is the most probable label" \
  '."prediction value" as $p | .prediction_proba_dict | .[$p] == ([.[]] | max)'
expect_json "v2: explains" '.debug | (.valence.positive | index("love") != null) and (.contributions | length > 0)'
expect_json "v1 and v2 agree" ".\"prediction value\" == \"$v1\""
for other in other DEBUG debugger; do
  predict -d "$love" -H "X-Experiment-Group: $other"
  expect_json "X-Experiment-Group: $other stays on v1" 'keys == ["prediction value"]'
done
request "${AUTH[@]}" "${JSON[@]}" -d '{"sentences":["I love you","I hate rain"]}' "$URL/predict/batch"
expect_json "a batch answers in order" '.predictions | length == 2 and all(keys == ["prediction value"])'
big=$(mktemp)
jq -nc '{sentences: [range(200) | "I love it, day \(.). " * 100]}' >"$big"
request "${AUTH[@]}" "${JSON[@]}" --data-binary "@$big" "$URL/predict/batch"
expect_status "a batch of $(wc -c <"$big") bytes is 200" 200
rm -f "$big"
