import { once } from "node:events";
import { connect } from "node:net";
import type { Problem } from "@gantry/http";

/** What a server said to bytes that no HTTP client would send. */
export interface RawAnswer {
  readonly status: number;
  readonly problem: Problem;
}

/**
 * Writes `bytes` to the server and reads its answer until the connection closes.
 * @throws Error when the server closes without an answer
 */
export async function rawRequest(baseUrl: string, ...bytes: readonly (string | Buffer)[]): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  // The server may answer and close before it has read all; the answer is what counts.
  socket.on("error", () => undefined);
  for (const chunk of bytes) socket.write(chunk);
  await once(socket, "close");
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
  const body = text.slice(text.indexOf("\r\n\r\n") + 4);
  if (Number.isNaN(status)) throw new Error("the server closed without an answer");
  return { status, problem: JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1)) };
}
