import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll, expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { anIdentity, stores } from "./fixture.ts";
import { startProcess } from "./process.ts";

/** Keeps everything that is sent to it as a collector of traces and metrics. */
async function aCollector() {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    received.push(await text(request));
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterAll(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, received };
}

/** What must be seen nowhere, not even the part that is in all of them. */
function canaries() {
  const unique = randomUUID().replaceAll("-", "");
  const canary = (what: string): string => `c4n4ry-${what}-${unique}`;
  return {
    unique,
    login: `canary-${unique.slice(0, 8)}`,
    password: canary("password"),
    nextPassword: canary("next"),
    wrongPassword: canary("wrong"),
    badPassword: `${canary("bad")}\u0000`,
    email: `${canary("email")}@example.org`,
    badEmail: canary("bademail"),
    contact: canary("contact"),
    badContact: `${canary("badcontact")}\u0000`,
    token: `c4n4ry-${unique}`.padEnd(43, "x"),
  };
}

test.each(stores)(
  "with sessions in $store, nothing that the service writes or says in errors holds a password, token, identity, address or contact",
  async ({ settings }) => {
    const { url: postgresUrl } = await testDatabase();
    const identity = anIdentity();
    const collector = await aCollector();
    const service = await startProcess(postgresUrl, identity, {
      ...settings,
      LOG_LEVEL: "trace",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    });
    const errors: string[] = [];
    const { login, ...secrets } = canaries();
    const seen: string[] = Object.values(secrets);

    const send = async (method: string, body: string, as?: string) => {
      const headers = { "content-type": "application/json", ...(as === undefined ? {} : { "x-gantry-identity": as }) };
      const response = await fetch(`${service.url}/gantry.iam.v1.${method}`, { method: "POST", headers, body });
      const answer = await response.text();
      if (!response.ok) errors.push(answer, JSON.stringify([...response.headers]));
      return { status: response.status, answer };
    };
    const call = (method: string, message: object, as?: string) => send(method, JSON.stringify(message), as);

    const methods = [{ provider: "NOTIFICATION_PROVIDER_TELEGRAM", contact: secrets.contact }];
    const registration = { login, email: secrets.email, password: secrets.password, notificationMethods: methods };
    const { password, nextPassword, wrongPassword, badPassword } = secrets;

    // What succeeds.
    expect((await call("UserService/Register", registration)).status).toBe(200);
    const { session, sessionToken } = JSON.parse((await call("AuthService/Login", { login, password })).answer);
    const person = await identity.user(session.userUuid, session.sessionUuid);
    const gateway = await identity.service("gateway", "iam");
    const notification = await identity.service("notification", "iam");
    const checked = await call("AuthService/CheckSession", { sessionToken }, gateway);
    seen.push(sessionToken, person, gateway, notification, JSON.parse(checked.answer).identity);
    for (const [method, message, as] of [
      ["AuthService/Whoami", {}, person],
      ["UserService/GetUser", { userUuid: session.userUuid }, notification],
      ["UserService/SetNotificationMethods", { notificationMethods: methods }, person],
      ["AuthService/ListLiveSessions", { sessionUuids: [session.sessionUuid] }, await identity.service("order", "iam")],
      ["UserService/ChangePassword", { currentPassword: password, newPassword: nextPassword }, person],
    ] as const)
      expect(await call(method, message, as)).toMatchObject({ status: 200 });

    // What is refused.
    const badMethods = [{ provider: 1, contact: secrets.badContact }];
    const refused: readonly (readonly [string, object, string?])[] = [
      ["UserService/Register", registration],
      ["UserService/Register", { ...registration, email: secrets.badEmail }],
      ["UserService/Register", { ...registration, password: badPassword }],
      ["UserService/Register", { ...registration, password: password.repeat(100) }],
      ["UserService/Register", { ...registration, login: "x", notificationMethods: [...methods, ...methods] }],
      ["UserService/Register", { ...registration, login: `o${login}`, notificationMethods: badMethods }],
      ["UserService/SetNotificationMethods", { notificationMethods: badMethods }, person],
      ["UserService/SetNotificationMethods", { notificationMethods: methods }, gateway],
      ["AuthService/Login", { login, password: wrongPassword }],
      ["AuthService/Login", { login: "nobody", password: wrongPassword }],
      ["AuthService/Login", { login, password: badPassword }],
      ["AuthService/CheckSession", { sessionToken: secrets.token }, gateway],
      ["AuthService/CheckSession", { sessionToken: `${secrets.token}!` }, gateway],
      ["AuthService/CheckSession", { sessionToken: secrets.token.repeat(100) }, gateway],
      ["AuthService/CheckSession", { sessionToken }, person],
      ["AuthService/CheckSession", { sessionToken }, sessionToken],
      ["AuthService/Whoami", {}, `${person.slice(0, -4)}AAAA`],
      ["UserService/ChangePassword", { currentPassword: wrongPassword, newPassword: password }, person],
      ["UserService/ChangePassword", { currentPassword: nextPassword, newPassword: badPassword }, person],
    ];
    for (const [method, message, as] of refused) expect((await call(method, message, as)).status).not.toBe(200);

    // What cannot be read.
    for (const body of [
      JSON.stringify({ login, password: [wrongPassword] }),
      JSON.stringify({ login, password: { [wrongPassword]: 1 } }),
      JSON.stringify({ login, password: wrongPassword }).slice(0, -2),
      JSON.stringify(wrongPassword),
      wrongPassword,
    ])
      expect((await send("AuthService/Login", body)).status).toBe(400);

    // What fails on our side, with the values in the database's own words.
    const postgres = openDatabase(postgresUrl);
    await sql`alter table users add constraint drill check (email = '') not valid`.execute(postgres.db);
    await sql`alter table notification_method add constraint drill check (contact = '') not valid`.execute(postgres.db);
    expect((await call("UserService/Register", { ...registration, login: `p${login}` })).status).toBe(500);
    expect((await call("UserService/SetNotificationMethods", { notificationMethods: methods }, person)).status).toBe(
      500,
    );
    await sql`alter table users rename to users_gone`.execute(postgres.db);
    expect((await call("AuthService/Login", { login, password })).status).toBe(500);
    expect((await call("AuthService/CheckSession", { sessionToken }, gateway)).status).toBe(500);

    service.kill("SIGTERM");
    expect(await service.exited).toEqual([0, null]);
    const written = { log: service.lines.join("\n"), stderr: await service.stderr, errors: errors.join("\n") };
    const told = { ...written, telemetry: collector.received.join("\n") };
    // Otherwise nothing would be proved.
    expect(told.log).toContain("a call failed on our side");
    expect(told.telemetry).toContain("gantry.iam.v1.AuthService/Login");
    expect(told.telemetry).toContain("insert into");
    expect(told.errors).toContain("The login or the password is wrong.");
    for (const [where, what] of Object.entries(told))
      for (const secret of seen) expect(what.includes(secret), `${where} holds ${secret}`).toBe(false);
  },
);
