export { describeBroker } from "./describe-broker.ts";
export type { BrokerHarness, BrokerProcesses, CreateChildBroker, ForeignMessage } from "./harness.ts";
