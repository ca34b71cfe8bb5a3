import type { Place, Target } from "./place.ts";

/** One rule about who may import whom. */
export interface ImportRule {
  readonly name: string;
  /** What to do instead. */
  readonly fix: string;
  /** Whether `from` may not import `to`. */
  breaks(from: Place, to: Target): boolean;
}

/** What each platform package may use of the others. Tests may use all of them. */
const platformLayers: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  tooling: [],
  "openapi-types": [],
  config: ["kernel"],
  telemetry: ["kernel"],
  identity: ["kernel"],
  failpoints: ["kernel"],
  runtime: ["kernel", "config", "telemetry", "identity"],
  rpc: ["kernel", "config", "telemetry", "identity"],
  http: ["kernel", "config", "telemetry", "identity"],
  postgres: ["kernel", "config", "telemetry"],
  messaging: ["kernel", "config", "telemetry", "postgres"],
  mongo: ["kernel", "config", "telemetry"],
  redis: ["kernel", "config", "telemetry"],
  edge: ["kernel", "config", "telemetry", "identity", "rpc"],
  testing: ["kernel", "config", "telemetry", "identity"],
  codegen: ["kernel", "openapi-types", "http"],
  cli: ["kernel", "config", "edge", "identity", "telemetry", "postgres", "messaging"],
};

/** Packages that talk to a backing service. */
const drivers = new Set([
  "pg",
  "kysely",
  "mongodb",
  "redis",
  "@redis/client",
  "@confluentinc/kafka-javascript",
  "kafkajs",
]);
const driverFile = /\.(postgres|mongo|redis|kafka)\.ts$/;

/** Contracts that describe no business: any platform package may speak them. */
const neutralContracts = /^gen\/proto\/(google|grpc|gantry\/(common|policy|event))\//;

const within = (to: Target, ...workspaces: readonly string[]) =>
  to.place !== undefined && workspaces.includes(to.place.workspace);
const isOwn = (from: Place, to: Target) => to.place?.workspace === from.workspace;
const inLayer = (from: Place, to: Target, ...layers: readonly Place["layer"][]) =>
  isOwn(from, to) && to.place !== undefined && layers.includes(to.place.layer);
const isService = ({ area, layer }: Place) => area === "services" && layer !== "test";
const platform = (...names: readonly string[]) => names.map((name) => `platform/${name}`);

export const importRules: readonly ImportRule[] = [
  {
    name: "packages have doors",
    fix: "import the package by its name, and only what its exports map offers",
    breaks: (from, to) => {
      if (/^@gantry\/[^/]+\/(src|dist|test)(\/|$)/.test(to.specifier)) return true;
      const leaves = to.specifier.startsWith(".") && !isOwn(from, to);
      // Vitest reads its settings before packages can be resolved.
      return leaves && !(from.path.endsWith("vitest.config.ts") && within(to, "platform/tooling"));
    },
  },
  {
    name: "services meet in contracts",
    fix: "call the other service through its client in @gantry/gen",
    breaks: (from, to) => to.place?.area === "services" && !isOwn(from, to),
  },
  {
    name: "the launcher is on top",
    fix: "move what is shared into a platform package",
    breaks: (from, to) => to.place?.area === "deploy" && from.area !== "deploy",
  },
  {
    name: "generated code needs its runtime only",
    fix: "generated code may import @gantry/kernel, @gantry/http/contract and gen itself; change the generator",
    breaks: (from, to) =>
      from.area === "gen" &&
      from.layer !== "test" &&
      to.place !== undefined &&
      !isOwn(from, to) &&
      to.specifier !== "@gantry/kernel" &&
      to.specifier !== "@gantry/http/contract",
  },
  {
    name: "platform layers",
    fix: "the order is kernel → config, telemetry, identity → runtime, rpc, http, postgres, mongo, redis → messaging, edge → testing; pass the value in",
    breaks: (from, to) => {
      if (from.area !== "platform" || from.layer === "test" || to.place?.area !== "platform" || isOwn(from, to))
        return false;
      const allowed = platformLayers[from.workspace.slice("platform/".length)] ?? [];
      return !within(to, ...platform(...allowed));
    },
  },
  {
    name: "the platform knows no business",
    fix: "platform code may use gen/proto of google, grpc and gantry.common, policy and event only; pass the rest in",
    breaks: (from, to) =>
      from.area === "platform" &&
      from.layer !== "test" &&
      to.place?.area === "gen" &&
      !neutralContracts.test(to.place.path),
  },
  {
    name: "test tools stay in tests",
    fix: "@gantry/testing is for tests and deploy/; production code must not need it",
    breaks: (from, to) =>
      within(to, "platform/testing") &&
      (from.area === "platform" || from.area === "services") &&
      from.workspace !== "platform/testing" &&
      from.layer !== "test" &&
      !from.path.endsWith("vitest.config.ts"),
  },
  {
    name: "the domain is pure",
    fix: "domain code imports @gantry/kernel and the domain; let the app pass in what it needs",
    breaks: (from, to) =>
      isService(from) && from.layer === "domain" && !inLayer(from, to, "domain") && !within(to, "platform/kernel"),
  },
  {
    name: "use cases know ports",
    fix: "app code imports the domain, its own ports and @gantry/kernel; declare what it needs in app/ports.ts",
    breaks: (from, to) =>
      isService(from) &&
      from.layer === "app" &&
      !inLayer(from, to, "app", "domain") &&
      !within(to, ...platform("kernel", "telemetry")) &&
      !(to.package?.startsWith("node:") ?? false),
  },
  {
    name: "the API calls use cases",
    fix: "api code imports app, domain and gen; what it calls beyond them belongs into an adapter behind a port",
    breaks: (from, to) =>
      isService(from) &&
      from.layer === "api" &&
      to.place !== undefined &&
      !inLayer(from, to, "api", "app", "domain") &&
      to.place.area !== "gen" &&
      !within(to, ...platform("kernel", "telemetry", "identity", "runtime", "http", "rpc", "messaging")),
  },
  {
    name: "adapters implement ports",
    fix: "adapters import app/ports.ts, the domain and their driver; a use case that an adapter needs is upside down",
    breaks: (from, to) =>
      isService(from) &&
      from.layer === "adapters" &&
      (inLayer(from, to, "api", "root") || (inLayer(from, to, "app") && !to.specifier.endsWith("/ports.ts"))),
  },
  {
    name: "drivers stay in adapters",
    fix: "talk to the backing service in adapters/ (or a file named *.postgres.ts, *.mongo.ts) behind a port",
    breaks: (from, to) =>
      isService(from) && drivers.has(to.package ?? "") && from.layer !== "adapters" && !driverFile.test(from.path),
  },
  {
    name: "one place builds things",
    fix: "only compose.ts and @gantry/runtime know the container; take what you need as a parameter",
    breaks: (from, to) =>
      to.package === "tsyringe" &&
      from.workspace !== "platform/runtime" &&
      !(from.area === "services" && from.path.endsWith("/compose.ts")),
  },
];

/** The rule about the environment; it looks at code, not at imports. */
export const environmentRule = {
  name: "the environment is configuration",
  fix: "read process.env in a file named config.ts only, and pass values on",
} as const;
