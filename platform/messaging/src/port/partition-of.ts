const M = 0x5bd1e995;
const SEED = 0x9747b28c;

/**
 * The partition of a key: murmur2 of its UTF-8 bytes, as the Java client of Kafka does it and librdkafka when told so
 * (`murmur2_random`). The same for all adapters, so that a key does not move when the broker is exchanged.
 *
 * @see https://github.com/apache/kafka/blob/4.0.0/clients/src/main/java/org/apache/kafka/common/utils/Utils.java `murmur2`
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

function murmur2(bytes: Buffer): number {
  const whole = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < whole; at += 4) hash = Math.imul(hash, M) ^ mix(bytes.readInt32LE(at));
  if (bytes.length > whole) hash = Math.imul(hash ^ bytes.readUIntLE(whole, bytes.length - whole), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

function mix(word: number): number {
  const spread = Math.imul(word, M);
  return Math.imul(spread ^ (spread >>> 24), M);
}
