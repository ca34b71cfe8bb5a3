import { createHash, randomBytes } from "node:crypto";

const BYTES = 32;
const shape = /^[A-Za-z0-9_-]{43}$/;

/** What opens a new session. Shown to its owner once, and kept nowhere. */
export const newToken = (): string => randomBytes(BYTES).toString("base64url");

export const isToken = (text: string): boolean => shape.test(text);

/** What is kept of a token. A fast hash will do: 256 random bits cannot be guessed. */
export const hashOfToken = (token: string): string => createHash("sha256").update(token).digest("hex");
