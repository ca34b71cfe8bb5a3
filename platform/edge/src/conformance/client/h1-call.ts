import { type IncomingMessage, request } from "node:http";
import { type Field, fieldsOf, flat } from "../fixture/fields.ts";
import type { Call, CallOptions, Head } from "./call.ts";

export function h1Call(url: string, options: CallOptions): Call {
  const { host, hostname, port } = new URL(url);
  const head = Promise.withResolvers<Head>();
  const over = Promise.withResolvers<readonly Field[] | undefined>();
  const informed: number[] = [];
  let answer: IncomingMessage | undefined;
  const call = request({
    host: hostname,
    port,
    method: options.method ?? "GET",
    path: options.target,
    headers: flat([["Host", options.authority ?? host], ...(options.fields ?? [])]),
    setHost: false,
    agent: false,
    ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
  });
  call.on("information", ({ statusCode }) => informed.push(statusCode));
  call.on("response", (response) => {
    answer = response;
    response.on("error", () => undefined);
    response.once("close", () => over.resolve(response.complete ? fieldsOf(response.rawTrailers) : undefined));
    head.resolve({ status: response.statusCode ?? 0, fields: fieldsOf(response.rawHeaders) });
  });
  call.on("error", (error) => {
    head.reject(error);
    if (answer === undefined) over.resolve(undefined);
  });
  head.promise.catch(() => undefined);
  return {
    head: head.promise,
    informed,
    request: call,
    sendHead: () => call.flushHeaders(),
    body() {
      if (answer === undefined) throw new Error("there is no answer yet");
      return answer;
    },
    over: over.promise,
    abort: () => call.destroy(),
  };
}
