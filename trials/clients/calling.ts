// Three calls by the generated client in TypeScript: a list, a creation, a refusal.
import { deepStrictEqual, strictEqual } from "node:assert";
import createClient from "openapi-fetch";
import type { components, paths } from "./contract.js";

type Problem = components["schemas"]["Problem"];

const [baseUrl, token] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

const page = await client.GET("/api/items", { params: { query: { limit: 2 } } });
strictEqual(page.data?.items.length, 2);

const made = await client.POST("/api/items", { body: { inventory_number: "CLIENT-TS", designation: "Clavier" } });
strictEqual(made.response.status, 201);
const status: components["schemas"]["ItemStatus"] | undefined = made.data?.status;
strictEqual(status, "in_stock");

const refused = await client.POST("/api/items", { body: { inventory_number: "CLIENT-2", designation: "" } });
const problem: Problem | undefined = refused.error;
strictEqual(problem?.code, "body.invalid");
deepStrictEqual(problem?.errors?.map((fault) => fault.pointer), ["/designation"]);
console.log("TypeScript: a list, a creation and a refusal are answered as the contract says.");
