import { createClient } from "@connectrpc/connect";
import { expect } from "vitest";
import { echoTransports } from "../client/transports.ts";
import { within } from "../client/within.ts";
import { echoService } from "../fixture/echo-service.ts";
import type { Suite } from "../suite.ts";

/** What is promised of a log-out, in milliseconds; and what a busy machine may add. */
const PROMISED_MS = 5_000;
const SLACK_MS = 3_000;

/** That an ended session opens nothing, and holds nothing open. */
export function revocation(suite: Suite): void {
  suite.group("revocation", { lock: true }, (lab, check) => {
    for (const { name, open } of echoTransports) {
      check(`open stream, ${name}`, "a stream ends within five seconds of its session, and says why", async () => {
        const person = lab().people.person();
        await using transport = open(lab().url, person.token);
        const client = createClient(echoService, transport);
        const begun = Promise.withResolvers<void>();
        const reading = (async () => {
          for await (const { value } of client.count({ value: "1000000" })) if (value === "1") begun.resolve();
        })().catch((error: unknown) => error);
        await within(PROMISED_MS, "the first message", begun.promise);
        lab().people.end(person);
        expect(await within(PROMISED_MS + SLACK_MS, "the end of the stream", reading)).toMatchObject({ code: 16 });
        await within(
          SLACK_MS,
          "the service's own end",
          lab().echo.calls.at(-1)?.aborted ?? Promise.reject(new Error("no call")),
        );
        await expect(client.say({ value: "again" })).rejects.toMatchObject({ code: 16 });
      });
    }
  });
}
