import { generateIdentityKeys } from "@gantry/identity";
import { testDatabase } from "@gantry/testing";
import { expect, test } from "vitest";
import { publishedKeys } from "../src/adapters/published-keys.ts";
import { anIdentity } from "./fixture.ts";
import { aPerson, drive } from "./people.ts";
import { startProcess } from "./process.ts";

/** Keys of a second generation. */
function nextUsersKey() {
  const { users } = generateIdentityKeys(["users"]).privateJwks;
  return { ...users, kid: "users:2" };
}

const publicPart = ({ kty, crv, kid, x }: ReturnType<typeof nextUsersKey>) => ({ kty, crv, kid, x });

test("during a rotation both public keys are published, what the old one signed is believed, and the new one signs", async () => {
  const { url: postgresUrl } = await testDatabase();
  const identity = anIdentity();
  const next = nextUsersKey();
  const jwks = { keys: [...identity.jwks.keys, publicPart(next)] };
  const { url, opsUrl, kill, exited } = await startProcess(postgresUrl, identity, {
    IDENTITY_JWKS: JSON.stringify(jwks),
    IAM_USERS_KEY: JSON.stringify(next),
  });

  const response = await fetch(`${opsUrl}/.well-known/jwks.json`);
  expect(response.headers.get("cache-control")).toBe("public, max-age=300");
  const published = [identity.jwks.keys.find(({ kid }) => kid === "users:1"), publicPart(next)];
  expect(await response.json()).toEqual({ keys: published });

  const { register, logIn, gateway } = drive({ url, identity });
  const person = aPerson();
  await register(person);
  const { token, auth } = await logIn(person);
  const { identity: signed } = await gateway.checkSession({ sessionToken: token });
  expect(JSON.parse(Buffer.from(signed.split(".")[0] ?? "", "base64url").toString())).toMatchObject({ kid: "users:2" });
  expect((await auth.whoami({})).user?.login).toBe(person.login);

  kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
});

test("the service does not begin with a key that nobody believes", () => {
  const { jwks } = anIdentity();
  const usersKey = nextUsersKey();
  const untrusted = expect.objectContaining({ reason: "USERS_KEY_UNTRUSTED" });
  expect(() => publishedKeys({ identityJwks: jwks, usersKey })).toThrow(untrusted);
  expect(() => publishedKeys({ identityJwks: jwks, usersKey: { ...usersKey, kid: "users:1" } })).toThrow(untrusted);
  const ofService = { ...anIdentity().privateJwk("iam") };
  const trusted = { keys: [...jwks.keys, publicPart(ofService)] };
  expect(() => publishedKeys({ identityJwks: trusted, usersKey: ofService })).toThrow(untrusted);
});
