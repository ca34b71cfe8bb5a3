import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { closedLoop, type Sample } from "./measure.ts";

export interface KeepAliveLoad {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly durationMs: number;
}

/**
 * Sends the same GET again and again over HTTP/1.1 connections that stay open, and times it to the microsecond: a client of
 * its own, because it costs less than any other, and what is compared differs by a tenth of a millisecond. An answer must be
 * 200 with a content-length; anything else ends the benchmark.
 */
export async function loadKeepAlive({ url, headers, connections, durationMs }: KeepAliveLoad): Promise<Sample> {
  const { hostname, port, host, pathname } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = `GET ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`;
  const free = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, "connect");
      return socket;
    }),
  );
  const sockets = [...free];
  const call = async (): Promise<void> => {
    const socket = free.pop();
    if (socket === undefined) throw new Error("every connection is in use");
    await exchange(socket, request);
    free.push(socket);
  };
  try {
    return await closedLoop(call, connections, durationMs);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function exchange(socket: Socket, request: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const end = (error?: Error): void => {
      socket.off("data", onData).off("error", end).off("close", onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onClose = (): void => end(new Error(`the connection closed after: ${answer.slice(0, 200)}`));
    const onData = (chunk: Buffer): void => {
      answer += chunk.toString("latin1");
      const state = judge(answer);
      if (state !== "more")
        end(state === "whole" ? undefined : new Error(`not answered with 200: ${answer.slice(0, 400)}`));
    };
    socket.on("data", onData).on("error", end).on("close", onClose);
    socket.write(request);
  });
}

function judge(answer: string): "more" | "whole" | "wrong" {
  const head = answer.indexOf("\r\n\r\n");
  if (head === -1) return "more";
  const length = /^content-length: *(\d+)/im.exec(answer.slice(0, head))?.[1];
  if (!answer.startsWith("HTTP/1.1 200 ") || length === undefined) return "wrong";
  return answer.length - head - 4 >= Number(length) ? "whole" : "more";
}
