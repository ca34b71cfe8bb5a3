/** Names that are secret in any system, in the form that {@link normalise} gives. */
const builtIn: readonly string[] = [
  "apikey",
  "authorization",
  "cookie",
  "idempotencykey",
  "passphrase",
  "privatekey",
  "proxyauthorization",
  "sessionid",
  "sessionuuid",
  "setcookie",
  "xgantryidentity",
  "xsessionuuid",
];

/** Endings that make a name secret: `old_password`, `accessToken`, `client_secret`. */
const endings = /(?:password|passwd|pwd|secret|token)$/;

/** How many distinct keys are remembered; a program has a few hundred, only hostile input has more. */
const MAX_REMEMBERED = 10_000;

const normalise = (key: string): string => key.replace(/[-_]/g, "").toLowerCase();

/**
 * Says whether a key's value must not be shown. Case, dashes and underscores do not matter: the contract's
 * `session_uuid` also covers `sessionUuid` and `Session-Uuid`.
 */
export function sensitiveKeys(fields: ReadonlySet<string>): (key: string) => boolean {
  const names = new Set([...builtIn, ...[...fields].map(normalise)]);
  const remembered = new Map<string, boolean>();

  const decide = (key: string): boolean => {
    const name = normalise(key);
    const sensitive = names.has(name) || endings.test(name);
    if (remembered.size < MAX_REMEMBERED) remembered.set(key, sensitive);
    return sensitive;
  };
  return (key) => remembered.get(key) ?? decide(key);
}
