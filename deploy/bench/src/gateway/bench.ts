import { loadavg } from "node:os";
import { uuidv7 } from "@gantry/kernel";
import { type TestIdentity, testIdentity } from "@gantry/testing";
import { loadKeepAlive } from "../load-keep-alive.ts";
import { type Contender, compete, median, type Result, type Rounds } from "../measure.ts";
import { report } from "../report.ts";
import { startServer } from "../server-process.ts";
import { type Behind, type Door, envoyDoor, local, nodeDoor } from "./doors.ts";
import { type SessionStore, sessionStores, startIam } from "./real-iam.ts";

const DIRECT = "direct";
const NODE_OPEN = "Node gateway";
const NODE_CHECK = "Node gateway, session check";
const ENVOY_OPEN = "Envoy, one worker";
const ENVOY_CHECK = "Envoy, one worker, session check";
const AIM_CHECK_MS = 0.15;
const AIM_RATIO = 0.6;

type Headers = Readonly<Record<string, string>>;

/** One way to the same answer: the same at any number of connections. */
interface Way {
  readonly name: string;
  readonly url: string;
  readonly headers: Headers;
}

/** The same request to the same service: directly, and through either gateway, with and without asking IAM whose session it is. */
export async function benchGateway(rounds: Rounds): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const ways = await allWays(stack);
  for (const connections of [1, 16]) {
    const before = loadavg();
    const results = await compete(
      ways.map((way) => contender(way, connections)),
      rounds,
    );
    report(`GET over HTTP/1.1, keep-alive, ${connections} at once`, results, rounds);
    process.stdout.write(conclusions(results, connections, before));
  }
}

const contender = ({ name, url, headers }: Way, connections: number): Contender => ({
  name,
  round: (durationMs) => loadKeepAlive({ url, headers, connections, durationMs }),
  close: () => Promise.resolve(),
});

/** Puts on `stack` whatever must be ended. */
async function allWays(stack: AsyncDisposableStack): Promise<readonly Way[]> {
  const identity = testIdentity(["gateway"]);
  const iamToken = await identity.service("gateway", "iam");
  const { upstreamUrl, doubleUrl } = await startBehind(stack, identity);
  const behind = (iamUrl: string): Behind => ({ upstreamUrl, iamUrl, iamToken });
  const keep = (door: Door): Door => {
    stack.defer(door.close);
    return door;
  };
  const node = keep(await nodeDoor(behind(doubleUrl)));
  const envoy = await envoyDoor(behind(doubleUrl));
  const withIam = async (store: SessionStore): Promise<Way> => {
    const { url, headers } = stack.use(await startIam(identity, store));
    const door = keep(await nodeDoor(behind(url)));
    return { name: `${NODE_CHECK} by IAM on ${store}`, url: `${door.url}/closed`, headers };
  };
  return [
    { name: DIRECT, url: `${upstreamUrl}/open`, headers: {} },
    ...bothWays(node, NODE_OPEN, NODE_CHECK),
    ...(envoy === undefined ? [] : bothWays(keep(envoy), ENVOY_OPEN, ENVOY_CHECK)),
    ...(await Promise.all(sessionStores.map(withIam))),
  ];
}

/** The service, and an IAM that believes everybody at once. */
async function startBehind(stack: AsyncDisposableStack, identity: TestIdentity) {
  const userUuid = uuidv7();
  const upstream = await startServer("gateway-upstream.ts");
  stack.defer(upstream.stop);
  const env = { BENCH_IDENTITY: await identity.user(userUuid), BENCH_USER_UUID: userUuid };
  const double = await startServer("gateway-iam.ts", { env });
  stack.defer(double.stop);
  return { upstreamUrl: local(upstream.port), doubleUrl: local(double.port) };
}

/** Through a gateway to what is open, and to what needs a session; anybody's is good enough. */
const bothWays = ({ url }: Door, open: string, check: string): readonly Way[] => [
  { name: open, url: `${url}/open`, headers: {} },
  { name: check, url: `${url}/closed`, headers: { authorization: `Bearer ${"t".repeat(43)}` } },
];

/** What the table means, round by round: the cost of the check, and how the two gateways compare. */
function conclusions(results: readonly Result[], connections: number, before: readonly number[]): string {
  const found = (name: string) => results.find((result) => result.name === name);
  const lines = [
    cost("the session check costs the Node gateway", found(NODE_OPEN), found(NODE_CHECK), connections),
    cost("the session check costs Envoy", found(ENVOY_OPEN), found(ENVOY_CHECK), connections),
    compared("Node gateway : Envoy, both with the check", found(NODE_CHECK), found(ENVOY_CHECK)),
    compared("Node gateway : Envoy, both without", found(NODE_OPEN), found(ENVOY_OPEN)),
  ];
  const load = (figures: readonly number[]) => figures.map((figure) => figure.toFixed(1)).join(" ");
  return `${lines.filter(Boolean).join("\n")}\nload average before: ${load(before)}, after: ${load(loadavg())}\n`;
}

function cost(what: string, open: Result | undefined, check: Result | undefined, connections: number): string {
  if (open === undefined || check === undefined) return "";
  const added = check.samples.map(({ p50Ms }, round) => p50Ms - (open.samples[round]?.p50Ms ?? Number.NaN));
  const aim = connections === 1 ? `  aim ≤ ${AIM_CHECK_MS} ms on an idle machine` : "";
  return `${what} ${median(added).toFixed(3)} ms at the median (IAM answers at once)${aim}`;
}

function compared(what: string, one: Result | undefined, other: Result | undefined): string {
  if (one === undefined || other === undefined) return "";
  const ratios = one.samples.map(({ perSecond }, round) => perSecond / (other.samples[round]?.perSecond ?? Number.NaN));
  return `${what}: ${median(ratios).toFixed(2)} × the requests/s  aim ≥ ${AIM_RATIO}`;
}
