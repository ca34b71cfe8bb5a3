/** The user a PostgreSQL process runs as. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

const NOBODY = 65_534;

/** PostgreSQL refuses to run as root: root runs it as `nobody`, everyone else as themselves. */
export function runAs(): RunAs {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}
