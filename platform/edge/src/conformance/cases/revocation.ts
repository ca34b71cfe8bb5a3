import { Code, createClient } from "@connectrpc/connect";
import { expect } from "vitest";
import { type EchoTransport, echoTransports } from "../client/transports.ts";
import { within } from "../client/within.ts";
import { echoService } from "../fixture/echo-service.ts";
import type { Suite } from "../suite.ts";

/** What is promised of a log-out, in milliseconds; and what a busy machine may add. */
const PROMISED_MS = 5_000;
const SLACK_MS = 3_000;

/** That an ended session opens nothing, and holds nothing open. */
export function revocation(suite: Suite): void {
  suite.group("revocation", { lock: true }, (lab, check) => {
    const endsWithSession = async ({ name, open }: EchoTransport): Promise<void> => {
      const person = lab().people.person();
      await using transport = open(lab().url, person.token);
      const client = createClient(echoService, transport);
      const begun = Promise.withResolvers<void>();
      const reading = (async () => {
        for await (const { value } of client.count({ value: "1000000" })) if (value === "1") begun.resolve();
      })().catch((error: unknown) => error);
      await within(PROMISED_MS, `${name}: the first message`, begun.promise);
      lab().people.end(person);
      const refused = { code: Code.Unauthenticated };
      expect(await within(PROMISED_MS + SLACK_MS, `${name}: the end of the stream`, reading)).toMatchObject(refused);
      await within(SLACK_MS, `${name}: the service hears of it`, abortOf(`user:${person.userUuid}`));
      await expect(client.say({ value: "again" })).rejects.toMatchObject(refused);
    };
    const abortOf = async (caller: string): Promise<void> =>
      lab().echo.calls.find((call) => call.caller === caller)?.aborted;

    check("open streams", "end within five seconds of their session, in each protocol, and say why", async () => {
      await Promise.all(echoTransports.map(endsWithSession));
    });
  });
}
