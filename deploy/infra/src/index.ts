export { type MongoOptions, type MongoServer, startMongo } from "./mongo/start.ts";
