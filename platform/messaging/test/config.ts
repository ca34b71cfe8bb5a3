/**
 * A real Kafka to test against; `deploy/infra` starts one and sets this. Undefined elsewhere: `npm test` promises to need
 * nothing but Node.
 */
export const kafkaBrokers = process.env.KAFKA_BROKERS?.split(",");
