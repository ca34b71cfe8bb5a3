export { connectMongo, type Mongo, type MongoOptions } from "./connect-mongo.ts";
export { translateMongoError } from "./translate-mongo-error.ts";
