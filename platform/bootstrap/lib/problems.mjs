import { userInfo } from "node:os";

/** A failure whose message already says what to do. */
export class BootstrapError extends Error {}

/** npm failed; the message is what it printed. */
export class NpmError extends Error {}

const advice = [
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|CERT_/,
    "The registry's certificate is not trusted. Behind a company proxy, set NODE_EXTRA_CA_CERTS to its CA file.",
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i,
    "The npm registry cannot be reached. Check the connection, and `npm config get registry` and `proxy`.",
  ],
  [/ENOSPC|EDQUOT/, "The disk is full. Gantry needs about 1 GB here, and npm its cache (`npm cache clean --force`)."],
  [/EROFS/, "This file system is read-only. Clone into a folder you can write."],
  [/ENOTEMPTY|EBUSY|ETXTBSY/, "Something that runs in this folder still writes to node_modules. Stop it first."],
  [/E404|ETARGET|No match/, "The registry does not serve one of the packages. Ask whoever runs it, or use another."],
  [/EINTEGRITY/, "A download does not match the lock. Run `npm cache verify` and try again."],
  [/EUSAGE/, "package.json and package-lock.json disagree: `npm install`, then `npm run lock`."],
  [/command not found|npm: spawn|ENOENT.*npm/, "There is no npm on the PATH. Install Node with npm, 18 or newer."],
];

const permission = () =>
  `User "${userName()}" may not write here or to npm's cache. Was this folder installed by another user (root)? ` +
  "Then `sudo chown -R $(id -u) .` in it, or clone afresh.";

function userName() {
  try {
    return userInfo().username;
  } catch {
    return "?"; // A user id without a name, as in some containers.
  }
}

/** What went wrong and what to do about it, for a person. */
export function explain(error) {
  if (error instanceof BootstrapError) return `gantry: ${error.message}`;
  const text = `${error?.code ?? ""} ${error?.message ?? error}`;
  if (/EACCES|EPERM/.test(text)) return stopped(permission());
  const found = advice.find(([pattern]) => pattern.test(text));
  if (found !== undefined) return stopped(found[1]);
  return error instanceof NpmError
    ? stopped("npm failed; its message is above. `npm run doctor` shows what this machine has.")
    : `gantry: ${error?.stack ?? error}`;
}

const stopped = (what) => `gantry: the installation stopped. ${what}\nNothing is broken: run the same command again.`;
