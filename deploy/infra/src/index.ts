export { type KafkaCluster, type KafkaOptions, startKafka } from "./kafka/start.ts";
export { type MongoOptions, type MongoServer, startMongo } from "./mongo/start.ts";
export { type RedisOptions, type RedisServer, startRedis } from "./redis/start.ts";
