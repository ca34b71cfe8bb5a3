import { connect as connectH2 } from "node:http2";
import { get } from "node:https";
import { connect } from "node:net";
import { selfSigned } from "@gantry/testing";
import { expect, onTestFinished, test } from "vitest";
import { aGateway, aWebService } from "./fixture.ts";

test("with a certificate the port speaks TLS, h2 or HTTP/1.1 as ALPN agrees, and says so behind", async () => {
  const tls = selfSigned();
  const { url } = await aWebService((request, response) => response.end(request.headers["x-forwarded-proto"]));
  const gateway = await aGateway({ upstreams: { web: { url, speaks: "http" } }, tls });
  const origin = `https://127.0.0.1:${gateway.port}`;

  const overH1 = await new Promise<string>((resolve, reject) => {
    get(`${origin}/things`, { ca: tls.cert, agent: false }, async (response) => {
      let text = `${response.httpVersion} `;
      for await (const chunk of response) text += chunk;
      resolve(text);
    }).on("error", reject);
  });
  expect(overH1).toBe("1.1 https");

  const session = connectH2(origin, { ca: tls.cert });
  onTestFinished(() => session.destroy());
  let overH2 = "";
  const stream = session.request({ ":path": "/things" }).on("data", (chunk) => (overH2 += chunk));
  await new Promise((resolve) => stream.once("close", resolve));
  expect(overH2).toBe("https");

  const clear = connect(gateway.port, "127.0.0.1");
  let heard = "";
  clear.on("error", () => {}).on("data", (chunk) => (heard += chunk));
  clear.write("GET /things HTTP/1.1\r\nhost: x\r\n\r\n");
  await new Promise((resolve) => clear.once("close", resolve));
  expect(heard).not.toContain("HTTP/1.1");
});
