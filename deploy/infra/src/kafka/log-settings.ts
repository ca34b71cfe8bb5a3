/** At level info these write a line for each partition and record: thousands on a restart. */
const quiet = {
  config: "org.apache.kafka.common.config.AbstractConfig",
  settings: "kafka.server.KafkaConfig",
  controller: "org.apache.kafka.controller",
  storage: "org.apache.kafka.storage.internals",
  log: "kafka.log",
  partition: "kafka.cluster.Partition",
  state: "state.change.logger",
};

/** Log4j's properties: Kafka's log goes to stdout. */
export const logSettings = `rootLogger.level = info
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %-5p %c{1}: %m%n
${Object.entries(quiet)
  .map(([id, name]) => `logger.${id}.name = ${name}\nlogger.${id}.level = warn\n`)
  .join("")}`;
