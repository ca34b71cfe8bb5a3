export { createRedis, type Redis, type RedisOptions } from "./create-redis.ts";
export { defineScript, type RedisScript } from "./script.ts";
