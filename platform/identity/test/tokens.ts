import { createPrivateKey } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import type { IdentityPrivateJwk } from "../src/index.ts";

export const alice = "01890a5d-ac96-774b-bcce-b302099a8057";
export const session = "01890a5d-ac96-774b-bcce-b302099a8058";

/** What a token says about itself; everything is right unless it is overridden. */
export interface Forgery {
  readonly kid?: string | undefined;
  readonly typ?: string | undefined;
  readonly alg?: "EdDSA" | "Ed25519";
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Signs whatever it is told to, with a real key: what a thief or a buggy signer could make. */
export function forge(
  signedBy: IdentityPrivateJwk,
  now: Date,
  { kid, typ, alg, claims }: Forgery = {},
): Promise<string> {
  const sec = Math.floor(now.getTime() / 1000);
  const payload = { iss: "gantry", ...ofOwner(signedBy), iat: sec, exp: sec + 60, ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: alg ?? "EdDSA", typ: typ ?? "identity+jwt", kid: kid ?? signedBy.kid })
    .sign(createPrivateKey({ key: { ...signedBy }, format: "jwk" }));
}

const ofOwner = ({ kid }: IdentityPrivateJwk) =>
  kid.startsWith("users:")
    ? { aud: "gantry", sub: alice, sid: session }
    : { aud: "gantry:inventory", sub: kid.slice("service:".length) };

/** A token without a signature. */
export function unsigned(now: Date): string {
  const sec = Math.floor(now.getTime() / 1000);
  return new UnsecuredJWT({ iss: "gantry", aud: "gantry", sub: alice, sid: session, iat: sec, exp: sec + 60 }).encode();
}

/** The parts of a token with another header, its signature kept. */
export function withHeader(token: string, header: Readonly<Record<string, unknown>>): string {
  const [, payload, signature] = token.split(".");
  return [Buffer.from(JSON.stringify(header)).toString("base64url"), payload, signature].join(".");
}

/** The parts of a token with another payload, its signature kept. */
export function withPayload(token: string, payload: Readonly<Record<string, unknown>>): string {
  const [header, , signature] = token.split(".");
  return [header, Buffer.from(JSON.stringify(payload)).toString("base64url"), signature].join(".");
}
