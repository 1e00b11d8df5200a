import { treaty } from "@elysiajs/eden";
import type { app } from "../../workers/api-v1.ts";

const { API_URL = "https://localhost", API_USER = "admin:admin" } = process.env;
const api = treaty<typeof app>(API_URL, { headers: { authorization: `Basic ${btoa(API_USER)}` } });
const { data, error } = await api.predict.post({ sentence: "I love this, thank you so much!" });
console.log(data?.["prediction value"] ?? error?.value);
