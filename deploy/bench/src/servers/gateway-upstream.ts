import { createServer } from "node:http";
import { listening } from "./listening.ts";

// A service that answers at once: what a gateway costs is all there is to see.
const body = JSON.stringify({ orders: [], next_page_token: "none" });
const headers = { "content-type": "application/json", "content-length": String(body.length) };
await listening(createServer((_request, response) => response.writeHead(200, headers).end(body)));
