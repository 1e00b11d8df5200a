"""The API as it is usually written with FastAPI: one model in memory, one prediction per request."""

import os

import joblib
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.environ["MODEL"])


class Sentence(BaseModel):
    sentence: str


@app.get("/readyz")
def ready() -> dict[str, str]:
    return {"status": "ready"}


@app.post("/predict")
def predict(body: Sentence) -> dict[str, str]:
    return {"prediction value": str(model.predict([body.sentence])[0])}
