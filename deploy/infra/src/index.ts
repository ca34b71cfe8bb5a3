export { type EnvoyGatewayOptions, startEnvoyGateway } from "./envoy/gateway.ts";
export { envoyBinary } from "./envoy/install.ts";
export { type EnvoyOptions, type EnvoyProcess, startEnvoy } from "./envoy/start.ts";
export { envoyTarget } from "./envoy/target.ts";
export { type KafkaCluster, type KafkaOptions, startKafka } from "./kafka/start.ts";
export { type MongoOptions, type MongoServer, startMongo } from "./mongo/start.ts";
export { type RedisOptions, type RedisServer, startRedis } from "./redis/start.ts";
