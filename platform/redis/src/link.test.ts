import { silentLogger } from "@gantry/telemetry";
import { expect, test } from "vitest";
import type { Connection } from "./connection.ts";
import { createLink } from "./link.ts";

test("a connection that is there just when the link stops is not kept", async () => {
  const ended = Promise.withResolvers<unknown>();
  const connection: Connection = {
    send: async () => undefined,
    answeredAt: 0,
    ended: ended.promise,
    drop: ended.resolve,
    close: async () => {},
  };
  const opened = Promise.withResolvers<Connection>();
  const link = createLink(() => opened.promise, silentLogger);
  const starting = link.start();
  opened.resolve(connection);
  await link.stop(0);
  await starting;
  await ended.promise;
  expect(link.current()).toBeUndefined();
});
