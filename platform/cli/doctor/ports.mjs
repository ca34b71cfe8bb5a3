import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** The ports that npm start prefers: deploy/devstack/ports.json, and an ops port a thousand above each service's. */
export async function portChecks(root) {
  const preferred = JSON.parse(readFileSync(join(root, "deploy", "devstack", "ports.json"), "utf8"));
  const running = runningSystem(root);
  const ports = Object.entries(preferred).flatMap(([name, port]) =>
    name === "postgres"
      ? [[name, port]]
      : [
          [name, port],
          [`${name} ops`, port + 1_000],
        ],
  );
  const checks = ports.map(async ([name, port]) => ({ name, ...(await describe(port, running)) }));
  return [systemCheck(running), ...(await Promise.all(checks))];
}

async function describe(port, running) {
  if (await isFree(port)) return { state: "ok", text: `${port} is free` };
  return running === undefined
    ? { state: "warn", text: `${port} is in use by another program` }
    : { state: "info", text: `${port} is in use` };
}

const systemCheck = (running) => ({
  state: "info",
  name: "this system",
  text: running === undefined ? "not running" : `running, pid ${running.pid}`,
});

function runningSystem(root) {
  try {
    const running = JSON.parse(readFileSync(join(root, ".gantry", "run.json"), "utf8"));
    process.kill(running.pid, 0);
    return running;
  } catch {
    return undefined;
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}
