"""Fits the original's model: TF-IDF of the 5,000 most frequent words, then logistic regression.

Usage: train.py DATA.csv MODEL.joblib
"""

import csv
import sys

import joblib
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

source, target = sys.argv[1:3]
with open(source, encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
model = make_pipeline(TfidfVectorizer(max_features=5000), LogisticRegression(max_iter=1000))
model.fit([row["content"] for row in rows], [row["sentiment"] for row in rows])
joblib.dump(model, target)
