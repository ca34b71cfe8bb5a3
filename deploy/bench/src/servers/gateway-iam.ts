import { createServer } from "node:http";
import { believed } from "../config.ts";
import { listening } from "./listening.ts";

// IAM that believes everybody at once.
const { identity, userUuid } = believed();
const body = JSON.stringify({ identity, userUuid, expiresAt: "2100-01-01T00:00:00Z" });
const headers = {
  "content-type": "application/json",
  "content-length": String(body.length),
  "x-gantry-identity": identity,
  "x-gantry-user": userUuid,
};
await listening(
  createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200, headers).end(body));
  }),
);
