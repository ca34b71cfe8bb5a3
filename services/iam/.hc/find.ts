import { createHash, randomBytes } from "node:crypto";
import { uuidv7 } from "@gantry/kernel";
import { createRedis, defineScript } from "@gantry/redis";
import { silentLogger } from "@gantry/telemetry";
import { RedisSessionStore } from "../src/adapters/session-store.redis.ts";
import { find } from "../src/adapters/session-scripts.redis.ts";
const redis = createRedis({ url: process.env.REDIS_URL!, applicationName: "b", logger: silentLogger });
await redis.start();
const store = new RedisSessionStore(redis, 7_200_000);
const now = new Date();
const s = Array.from({ length: 1000 }, () => ({ sessionUuid: uuidv7(), userUuid: uuidv7(), tokenHash: createHash("sha256").update(randomBytes(32)).digest("hex"), epoch: 1, createdAt: now, expiresAt: new Date(now.getTime() + 86_400_000), lastSeenAt: now }));
for (const x of s) await store.begin(x);
const ids = s.map((x) => x.sessionUuid);
const info = defineScript("return redis.call('INFO','commandstats')", String);
const stat = async (label: string) => console.log(label, (await redis.run(info, [])).split("\r\n").filter((l) => /cmdstat_(evalsha|eval|get|hmget):/.test(l)).join("\n  "));
for (const size of [1000, 250, 100]) {
  for (let i = 0; i < 5; i++) {
    const t = performance.now();
    const chunks: string[][] = []; for (let f = 0; f < 1000; f += size) chunks.push(ids.slice(f, f + size));
    await Promise.all(chunks.map((c) => redis.run(find, [], [Date.now(), 7_200_000, ...c])));
    console.log(size, (performance.now() - t).toFixed(1));
  }
}
await stat("all");
await redis.stop();
