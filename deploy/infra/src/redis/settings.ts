/** Where a server keeps its data and listens. */
export interface RedisPlace {
  readonly port: number;
  readonly directory: string;
  readonly password: string | undefined;
}

/** A server's redis.conf. Durable as production must be for sessions, see the README of `@gantry/redis`. */
export function redisConf({ port, directory, password }: RedisPlace): string {
  const all = {
    bind: "127.0.0.1",
    port,
    "protected-mode": "yes",
    daemonize: "no",
    dir: JSON.stringify(directory),
    // At most the last second is lost by a crash of the machine, nothing by one of the process.
    appendonly: "yes",
    appendfsync: "everysec",
    "aof-use-rdb-preamble": "yes",
    save: '""',
    // Full means that a write is refused, never that a session is forgotten.
    maxmemory: "256mb",
    "maxmemory-policy": "noeviction",
    ...(password === undefined ? {} : { requirepass: password }),
  };
  return Object.entries(all)
    .map(([key, value]) => `${key} ${value}\n`)
    .join("");
}
