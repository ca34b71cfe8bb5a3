import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { generateIdentityKeys, type IdentityJwks, type IdentityPrivateJwk } from "@gantry/identity";

/** The keys of one developer's system. Nobody else trusts them. */
export interface DevelopmentIdentity {
  /** The public keys, for every service. */
  readonly jwks: IdentityJwks;
  /** The signing key of a service, or of `"users"`, which is for IAM; throws for a name without one. */
  privateJwk(name: string): IdentityPrivateJwk;
}

/** What the file holds. */
interface Stored {
  readonly privateJwks: Readonly<Record<string, IdentityPrivateJwk>>;
}

/**
 * Reads the identity at `file`, adding what is missing: the file itself, or the keys of users and of new services. Only
 * this user can read it. One caller at a time: the launcher holds the directory's lock.
 */
export async function openDevelopmentIdentity(file: string, services: readonly string[]): Promise<DevelopmentIdentity> {
  const stored = (await load(file)) ?? { privateJwks: {} };
  const missing = ["users", ...services].filter((name) => stored.privateJwks[name] === undefined);
  if (missing.length === 0) return identityOf(stored);
  const added = generateIdentityKeys(missing).privateJwks;
  const complete = { privateJwks: { ...stored.privateJwks, ...added } };
  await save(file, complete);
  return identityOf(complete);
}

function identityOf({ privateJwks }: Stored): DevelopmentIdentity {
  const privateJwk = (name: string): IdentityPrivateJwk => {
    const found = privateJwks[name];
    if (found === undefined) throw new Error(`no key for "${name}"; there are ${Object.keys(privateJwks).join(", ")}`);
    return found;
  };
  return {
    jwks: { keys: Object.values(privateJwks).map(({ kty, crv, kid, x }) => ({ kty, crv, kid, x })) },
    privateJwk,
  };
}

async function load(file: string): Promise<Stored | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const stored: unknown = JSON.parse(text);
  if (!isStored(stored)) throw new Error(`${file} is damaged; delete it and run npm start`);
  return stored;
}

/** The keys themselves are checked by whoever uses them. */
const isStored = (value: unknown): value is Stored =>
  typeof value === "object" &&
  value !== null &&
  "privateJwks" in value &&
  typeof value.privateJwks === "object" &&
  value.privateJwks !== null;

async function save(file: string, stored: Stored): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(stored, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
}
