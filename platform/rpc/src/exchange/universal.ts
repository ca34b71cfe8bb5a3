import type { ConnectRouter } from "@connectrpc/connect";

/** Connect's own seam between HTTP servers and handlers; its adapters for Express, Fastify and Next use the same. */
export type UniversalHandler = ConnectRouter["handlers"][number];
export type UniversalResponse = Awaited<ReturnType<UniversalHandler>>;
