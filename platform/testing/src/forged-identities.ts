import { createPrivateKey, sign } from "node:crypto";
import type { IdentityPrivateJwk } from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";
import { type TestIdentity, testIdentity } from "./test-identity.ts";

/** An identity that every host must refuse, whatever the operation: 401 with this reason. */
export interface ForgedIdentity {
  /** What is wrong with it, as the end of "refuses …". */
  readonly what: string;
  readonly token: string;
  readonly reason: "IDENTITY_INVALID" | "IDENTITY_EXPIRED";
}

interface Made {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/**
 * What a thief, a buggy signer or another system could send to `callee`. `caller` is a service that `identity` was made
 * with; everything is right with each token but what it is named after.
 */
export function forgedIdentities(
  identity: Pick<TestIdentity, "privateJwk">,
  caller: string,
  callee: string,
): readonly ForgedIdentity[] {
  const users = identity.privateJwk("users");
  const service = identity.privateJwk(caller);
  const stranger = testIdentity([caller]);
  const person = { aud: "gantry", sub: uuidv7(), sid: uuidv7() };
  const ofPerson = (made: Made = {}, key = users) => jwt(key, { ...made, claims: { ...person, ...made.claims } });
  const ofService = (made: Made = {}, key = service) =>
    jwt(key, { ...made, claims: { aud: `gantry:${callee}`, sub: caller, ...made.claims } });
  const longAgo = nowSec() - 3600;

  const invalid: readonly (readonly [string, string])[] = [
    ["a service's identity for another service", ofService({ claims: { aud: `gantry:${callee}-other` } })],
    ["a service's identity for everyone", ofService({ claims: { aud: "gantry" } })],
    ["a person's identity for one service", ofPerson({ claims: { aud: `gantry:${callee}` } })],
    ["a person's identity of another system", ofPerson({ claims: { aud: "other" } })],
    ["a person's identity without a session", ofPerson({ claims: { sid: undefined } })],
    ["a person's identity that lives too long", ofPerson({ claims: { exp: nowSec() + 901 } })],
    ["a service that says it is a person", ofPerson({}, service)],
    ["a person that says it is a service", ofService({}, users)],
    ["an altered identity", altered(ofPerson())],
    ["an identity without a signature, algorithm none", unsigned(ofPerson({ header: { alg: "none" } }))],
    ["an identity signed by another key of the same name", ofPerson({}, stranger.privateJwk("users"))],
    ["a service's identity signed by another key of the same name", ofService({}, stranger.privateJwk(caller))],
    ["an identity of an unknown key", ofPerson({ header: { kid: "users:9" } })],
    ["another kind of token", ofPerson({ header: { typ: "JWT" } })],
    ["what is no token", "let.me.in"],
    ["a token of 3000 characters", "e".repeat(3000)],
  ];
  return [
    ...invalid.map(([what, token]) => ({ what, token, reason: "IDENTITY_INVALID" as const })),
    {
      what: "an expired identity",
      token: ofPerson({ claims: { iat: longAgo, exp: longAgo + 60 } }),
      reason: "IDENTITY_EXPIRED",
    },
  ];
}

const nowSec = (): number => Math.floor(Date.now() / 1000);

/** By hand: a signer of ours makes no wrong ones. */
function jwt(key: IdentityPrivateJwk, { header, claims }: Made): string {
  const head = encoded({ alg: "EdDSA", typ: "identity+jwt", kid: key.kid, ...header });
  const body = encoded({ iss: "gantry", iat: nowSec(), exp: nowSec() + 60, ...claims });
  const privateKey = createPrivateKey({ key: { ...key }, format: "jwk" });
  return `${head}.${body}.${sign(null, Buffer.from(`${head}.${body}`), privateKey).toString("base64url")}`;
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

const unsigned = (token: string): string => token.slice(0, token.lastIndexOf(".") + 1);

/** The same token for another person, its signature kept. */
function altered(token: string): string {
  const [head, body = "", signature] = token.split(".");
  const claims: unknown = JSON.parse(Buffer.from(body, "base64url").toString());
  return [head, encoded({ ...Object(claims), sub: uuidv7() }), signature].join(".");
}
