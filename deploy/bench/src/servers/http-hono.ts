import type { CreateOrderRequest } from "@gantry/gen/openapi/order/server";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { announce } from "./listening.ts";
import { location, orderOf } from "./order-answer.ts";

const app = new Hono();
app.post("/api/v1/orders", async (context) => {
  const request = await context.req.json<CreateOrderRequest>();
  return context.json(orderOf(request), 201, { Location: location });
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => announce(port));
