/** Where each run leaves its results, for the table of all gateways. Unset: nowhere. */
export const resultsFolder = (): string | undefined => process.env.GANTRY_GATEWAY_RESULTS || undefined;

/** How long a stream of events is held, in milliseconds: 30 s where time does not matter (CI), else 3 s. */
export const heldStreamMs = (): number => (process.env.GANTRY_LONG_STREAMS === "1" ? 30_000 : 3_000);

/** What the mutated requests are made from: a number, to repeat a run. */
export const givenSeed = (): number | undefined => {
  const text = process.env.GANTRY_GATEWAY_SEED;
  return text === undefined || !/^\d{1,9}$/.test(text) ? undefined : Number(text);
};
