import { type CommittedOffset, codes, type Done, type RdAdmin, type RdKafka } from "../src/kafka/client/rd-kafka.ts";
import { FakeConsumer, FakeProducer, rdError } from "./kafka-fake.ts";

/** A Kafka client without Kafka, and all that it made. `committed` is what every group has committed. */
export function fakeClient(admin: Partial<RdAdmin> = {}, committed: readonly CommittedOffset[] = []) {
  const producers: FakeProducer[] = [];
  const consumers: FakeConsumer[] = [];
  let refused = 0;
  const connect = (done: Done<unknown>, go: () => void): void => {
    if (refused === 0) go();
    else {
      refused--;
      done(rdError(codes.transport), undefined);
    }
  };
  const client: RdKafka = {
    Producer: class extends FakeProducer {
      override connect(options: unknown, done: Done<unknown>): void {
        producers.push(this);
        connect(done, () => super.connect(options, done));
      }
    },
    KafkaConsumer: class extends FakeConsumer {
      override connect(options: unknown, done: Done<unknown>): void {
        consumers.push(this);
        this.groupOffsets = committed;
        connect(done, () => super.connect(options, done));
      }
    },
    AdminClient: { create: () => ({ ...unusedAdmin, ...admin }) },
    OffsetSpec: class {
      readonly timestamp: number;
      constructor(timestamp: number) {
        this.timestamp = timestamp;
      }
    },
  };
  return {
    client,
    producers,
    consumers,
    /** The next so many connections fail. */
    refuse(count: number) {
      refused = count;
    },
  };
}

const unused = (): never => {
  throw new Error("the test does not expect this");
};
const unusedAdmin: RdAdmin = {
  createTopic: unused,
  describeTopics: unused,
  listOffsets: unused,
  describeGroups: unused,
  disconnect: () => undefined,
};
