import { AppError } from "@gantry/kernel";
import { isPlainText } from "./plain-text.ts";

/** Characters, counted in the form that is hashed. */
const MIN_CHARACTERS = 8;
/** Bytes of UTF-8. A longer one would only cost time to hash. */
const MAX_BYTES = 1024;

/** Where a password stands in a request. */
export type PasswordField = "password" | "current_password" | "new_password";

/**
 * The one form of a password in which it is hashed, whatever system it was typed on: the OpaqueString profile of RFC 8265,
 * 4.2. Spaces of any kind are spaces, the text is in NFC, nothing is folded that a person can tell apart.
 * @throws AppError PASSWORD_INVALID for control characters, broken text, or more than 1024 bytes
 */
export function canonicalPassword(text: string, field: PasswordField): string {
  if (!isPlainText(text)) throw passwordInvalid(field, "plain_text", "must be text without control characters");
  const canonical = text.replace(/\p{Zs}/gu, " ").normalize("NFC");
  if (byteLength(canonical) > MAX_BYTES)
    throw passwordInvalid(field, "max_bytes", `must be at most ${MAX_BYTES} bytes`);
  return canonical;
}

/**
 * The same for a password that is to be set.
 * @throws AppError PASSWORD_INVALID for less than eight characters too
 */
export function canonicalNewPassword(text: string, field: PasswordField): string {
  const canonical = canonicalPassword(text, field);
  if ([...canonical].length < MIN_CHARACTERS)
    throw passwordInvalid(field, "min_len", `must be at least ${MIN_CHARACTERS} characters`);
  return canonical;
}

const encoder = new TextEncoder();
const byteLength = (text: string): number => encoder.encode(text).length;

/** Says what is wrong, never with what. */
const passwordInvalid = (field: PasswordField, rule: string, message: string): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "PASSWORD_INVALID",
    message: `A password ${message}.`,
    violations: [{ field, rule: `password.${rule}`, message }],
  });
