import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect as connectH2 } from "node:http2";
import { get } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { tempDir } from "@gantry/testing";
import { expect, onTestFinished, test } from "vitest";
import { aGateway, aWebService } from "./fixture.ts";

/** A certificate for localhost that only its own test trusts. */
async function certificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const folder = await tempDir();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const [cert, key] = [join(folder.path, "cert.pem"), join(folder.path, "key.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  execFileSync("openssl", ["req", ...kind, ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" });
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

test("with a certificate the port speaks TLS, h2 or HTTP/1.1 as ALPN agrees, and says so behind", async () => {
  const tls = await certificate();
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
