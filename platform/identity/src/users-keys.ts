import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";

/** The shortest time between two looks, so that made-up key ids do not become requests. */
const COOLDOWN_MS = 5000;
/** What waits meanwhile is a person's request. */
const TIMEOUT_MS = 2000;
/** A key that is taken out of the set is believed for that long. */
const MAX_AGE_MS = 600_000;
/** Some 300 keys. */
const MAX_BYTES = 65_536;

/**
 * The public keys at an address (RFC 7517), looked up when one is asked for that is not known. Rejects when the key is not
 * there, or the set cannot be had.
 */
export function usersKeysAt(url: string): JWTVerifyGetKey {
  let nextLookMs = 0;
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: MAX_AGE_MS,
    // The library waits after a look that succeeded, not after one that failed.
    [customFetch]: async (address, init) => {
      if (performance.now() < nextLookMs) throw new Error(`keys were looked for less than ${COOLDOWN_MS} ms ago`);
      nextLookMs = performance.now() + COOLDOWN_MS;
      const response = await fetch(address, init);
      return new Response(await boundedText(response), { status: response.status });
    },
  });
}

async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error(`the key set is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
