/** A Redis for the tests that need one, as `deploy/infra` sets it; without it they are skipped. */
export const redisUrl = process.env.REDIS_URL;
