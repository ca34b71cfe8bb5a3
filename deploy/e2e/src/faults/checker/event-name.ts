interface Numbered {
  readonly topic: string;
  readonly key: string;
  readonly version: number;
}

/** What tells an event from all others of a topic, whoever keeps it. */
export const eventName = ({ topic, key, version }: Numbered): string => `${topic} ${key} v${version}`;

/** The events of one aggregate in one topic. */
export const streamName = ({ topic, key }: Omit<Numbered, "version">): string => `${topic} ${key}`;
