import http from "node:http";
import http2 from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { listening } from "./listening.ts";
import { answer } from "./part.ts";

// Node's plain servers speak one version of HTTP each: the first argument says which.
const routes = connectNodeAdapter({ routes: (router) => router.service(InventoryService, { getPart: () => answer }) });
await listening(process.argv[2] === "h1" ? http.createServer(routes) : http2.createServer(routes));
