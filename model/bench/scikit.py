"""scikit-learn's predict, one sentence at a time: TF-IDF (5,000 unigrams) and logistic regression, one thread.

Usage: scikit.py TEXTS.json LABELS.json ROUNDS; prints sentences a second, best round.
"""

import json
import sys
import time

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

with open(sys.argv[1], encoding="utf-8") as file:
    texts = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    labels = json.load(file)

# the speed of predict does not depend on the number of iterations
model = make_pipeline(TfidfVectorizer(max_features=5000), LogisticRegression(max_iter=20))
model.fit(texts, labels)

best = 0.0
for _ in range(int(sys.argv[3])):
    sample = texts[:2000]
    started = time.perf_counter()
    for text in sample:
        model.predict([text])
    best = max(best, len(sample) / (time.perf_counter() - started))
print(best)
