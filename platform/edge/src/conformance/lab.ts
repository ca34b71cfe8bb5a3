import { type EchoUpstream, startEchoUpstream } from "./fixture/echo-upstream.ts";
import type { RawUpstream } from "./fixture/raw-upstream.ts";
import { routes } from "./fixture/routes.ts";
import { openRig, type Rig } from "./rig.ts";
import type { GatewaySetup, GatewayTarget } from "./target.ts";

/** A gateway in front of the suite's own services. */
export interface Lab extends Rig {
  /** HTTP/1.1 only. */
  readonly web: RawUpstream;
  /** HTTP/1.1 and h2c. */
  readonly wire: RawUpstream;
  /** A service of the platform. */
  readonly echo: EchoUpstream;
}

/** Starts services, IAM's double and the gateway in front. `await using lab = await openLab(target)`. */
export async function openLab(target: GatewayTarget, changes: Partial<GatewaySetup> = {}): Promise<Lab> {
  let echo: EchoUpstream | undefined;
  const rig = await openRig(target, {
    routes,
    raw: { web: "http", wire: "rpc" },
    more: async (people) => {
      echo = await startEchoUpstream(people);
      return { echo: { url: echo.url, speaks: "rpc" } };
    },
    changes,
  });
  if (echo === undefined) throw new Error("the echo service did not start");
  return withEcho(rig, echo);
}

function withEcho(rig: Rig, echo: EchoUpstream): Lab {
  return {
    ...rig,
    web: rig.raw("web"),
    wire: rig.raw("wire"),
    echo,
    reached: () => rig.reached() + echo.calls.length,
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await echo.stop();
    },
  };
}
