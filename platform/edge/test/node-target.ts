import { silentLogger } from "@gantry/telemetry";
import type { GatewayLimits, GatewayTarget } from "../src/conformance/index.ts";
import { createGateway, createHttpSessionCheck, type EdgeLimits } from "../src/index.ts";

/** The gateway of this package, in this process. */
export const nodeTarget: GatewayTarget = {
  name: "node",
  async start(setup) {
    const session = createHttpSessionCheck({
      url: setup.iamUrl,
      path: "/gantry.iam.v1.AuthService/CheckSession",
      body: (token) => `{"sessionToken":"${token}"}`,
      identity: () => setup.iamToken,
    });
    const gateway = createGateway({
      port: 0,
      routes: setup.routes,
      upstreams: setup.upstreams,
      sessionCheck: session.check,
      origins: setup.origins,
      limits: {
        maxBodyBytes: setup.maxBodyBytes,
        sessionTimeoutMs: setup.sessionTimeoutMs,
        drainMs: setup.drainMs,
        ...edgeLimitsOf(setup.limits ?? {}),
      },
      logger: silentLogger,
    });
    await gateway.start();
    const drain = async (): Promise<void> => {
      await gateway.stop();
      session.close();
    };
    return { url: `http://127.0.0.1:${gateway.port}`, drain, [Symbol.asyncDispose]: drain };
  },
};

function edgeLimitsOf(limits: Partial<GatewayLimits>): Partial<EdgeLimits> {
  const { headerBytes, headerCount, headerTimeoutMs, connections, streamsPerConnection } = limits;
  return {
    ...(headerBytes !== undefined && { headerMaxBytes: headerBytes }),
    ...(headerCount !== undefined && { headerMaxFields: headerCount }),
    ...(headerTimeoutMs !== undefined && { headerTimeoutMs }),
    ...(connections !== undefined && { maxConnections: connections }),
    ...(streamsPerConnection !== undefined && { maxStreamsPerConnection: streamsPerConnection }),
  };
}
