export type { ListenerHandlers, OnRequest } from "./handlers.ts";
export { createListener, type Listener } from "./listener.ts";
export type { ListenerLimits } from "./listener-limits.ts";
export type { TlsKeys } from "./tls.ts";
