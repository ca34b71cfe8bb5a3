import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";

export type OpenTransport = Transport & AsyncDisposable;

/** A client of the Connect project, with a session. */
export interface EchoTransport {
  readonly name: string;
  /** HTTP/2: both directions at once. */
  readonly fullDuplex: boolean;
  open(url: string, token?: string): OpenTransport;
}

type Maker = typeof createConnectTransport | typeof createGrpcTransport | typeof createGrpcWebTransport;
type Wire = { readonly useBinaryFormat?: boolean; readonly useHttpGet?: boolean };

function overH2(name: string, make: Maker, wire: Wire = {}): EchoTransport {
  return {
    name: `${name}, HTTP/2`,
    fullDuplex: true,
    open(baseUrl, token) {
      const sessionManager = new Http2SessionManager(baseUrl);
      const transport = make({ baseUrl, httpVersion: "2", sessionManager, interceptors: [bearer(token)], ...wire });
      return { ...bound(transport), [Symbol.asyncDispose]: async () => sessionManager.abort() };
    },
  };
}

function overH1(
  name: string,
  make: typeof createConnectTransport | typeof createGrpcWebTransport,
  wire: Wire = {},
): EchoTransport {
  return {
    name: `${name}, HTTP/1.1`,
    fullDuplex: false,
    open(baseUrl, token) {
      const transport = make({ baseUrl, httpVersion: "1.1", interceptors: [bearer(token)], ...wire });
      return { ...bound(transport), [Symbol.asyncDispose]: async () => undefined };
    },
  };
}

const bound = (transport: Transport): Transport => ({
  unary: (...args) => transport.unary(...args),
  stream: (...args) => transport.stream(...args),
});

const bearer =
  (token: string | undefined): Interceptor =>
  (next) =>
  (req) => {
    if (token !== undefined) req.header.set("authorization", `Bearer ${token}`);
    return next(req);
  };

const json: Wire = { useBinaryFormat: false, useHttpGet: true };

/** Each protocol of a real client. */
export const echoTransports: readonly EchoTransport[] = [
  overH2("connect", createConnectTransport),
  overH2("connect json and GET", createConnectTransport, json),
  overH2("grpc", createGrpcTransport),
  overH2("grpc-web", createGrpcWebTransport),
  overH1("connect", createConnectTransport),
  overH1("connect json and GET", createConnectTransport, json),
  overH1("grpc-web", createGrpcWebTransport),
];
