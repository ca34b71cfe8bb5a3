const started = Date.now();

/** One line of progress, with the seconds since the start. On stderr: stdout belongs to the script we run. */
export function say(message) {
  process.stderr.write(`[gantry ${((Date.now() - started) / 1000).toFixed(1)}s] ${message}\n`);
}

/** Says `message`, then every ten seconds that it still goes on, until `work` is done; then how long it took. */
export async function during(message, work) {
  const since = Date.now();
  const seconds = () => ((Date.now() - since) / 1000).toFixed(0);
  say(`${message} …`);
  const reminder = setInterval(() => say(`${message}: ${seconds()} s so far`), 10_000);
  try {
    const result = await work();
    say(`${message}: done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(reminder);
  }
}
