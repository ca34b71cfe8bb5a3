import { createHash } from "node:crypto";

/** A Lua script that Redis runs as one step: nothing else happens in between. */
export interface RedisScript<Reply> {
  readonly source: string;
  /** What Redis knows it by. */
  readonly sha1: string;
  readonly read: (reply: unknown) => Reply;
}

/**
 * A script with a typed answer.
 * @param source Lua; `KEYS` and `ARGV` are texts. The same text is the same script, whoever defines it.
 * @param read turns what came back into the answer. Redis gives texts, numbers, null for false and nil, and arrays of these;
 * what else may stand in the store is for `read` to refuse.
 */
export const defineScript = <Reply>(source: string, read: (reply: unknown) => Reply): RedisScript<Reply> => ({
  source,
  sha1: createHash("sha1").update(source).digest("hex"),
  read,
});
