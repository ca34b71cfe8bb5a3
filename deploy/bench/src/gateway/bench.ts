import { loadavg } from "node:os";
import { uuidv7 } from "@gantry/kernel";
import { testIdentity } from "@gantry/testing";
import { loadKeepAlive } from "../load-keep-alive.ts";
import { type Contender, compete, median, type Result, type Rounds } from "../measure.ts";
import { report } from "../report.ts";
import { startServer } from "../server-process.ts";
import { type Behind, type Door, envoyDoor, local, nodeDoor } from "./doors.ts";
import { startIam } from "./real-iam.ts";

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

async function allWays(stack: AsyncDisposableStack): Promise<readonly Way[]> {
  const identity = testIdentity(["gateway"]);
  const userUuid = uuidv7();
  const served = async (file: string, env: Headers = {}): Promise<string> => {
    const server = await startServer(file, { env });
    stack.defer(() => server.stop());
    return local(server.port);
  };
  const upstreamUrl = await served("gateway-upstream.ts");
  const doubleUrl = await served("gateway-iam.ts", {
    BENCH_IDENTITY: await identity.user(userUuid),
    BENCH_USER_UUID: userUuid,
  });
  const iam = stack.use(await startIam(identity));
  const iamToken = await identity.service("gateway", "iam");
  const behind = (iamUrl: string): Behind => ({ upstreamUrl, iamUrl, iamToken });
  const keep = (door: Door): Door => {
    stack.defer(door.close);
    return door;
  };
  const node = keep(await nodeDoor(behind(doubleUrl)));
  const nodeAndIam = keep(await nodeDoor(behind(iam.url)));
  const envoy = await envoyDoor(behind(doubleUrl));
  const anybody = { authorization: `Bearer ${"t".repeat(43)}` };
  return [
    { name: DIRECT, url: `${upstreamUrl}/open`, headers: {} },
    { name: NODE_OPEN, url: `${node.url}/open`, headers: {} },
    { name: NODE_CHECK, url: `${node.url}/closed`, headers: anybody },
    ...(envoy === undefined ? [] : envoyWays(keep(envoy), anybody)),
    { name: `${NODE_CHECK} by IAM on ${iam.store}`, url: `${nodeAndIam.url}/closed`, headers: iam.headers },
  ];
}

const envoyWays = ({ url }: Door, session: Headers): readonly Way[] => [
  { name: ENVOY_OPEN, url: `${url}/open`, headers: {} },
  { name: ENVOY_CHECK, url: `${url}/closed`, headers: session },
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
