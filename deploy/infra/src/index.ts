export { type KafkaCluster, type KafkaOptions, startKafka } from "./kafka/start.ts";
export { type MongoOptions, type MongoServer, startMongo } from "./mongo/start.ts";
