export type { Principal, ServicePrincipal, UserPrincipal } from "@gantry/identity";
export type { Call, HandlerScope, RunInScope } from "./contract/call.ts";
export { type ContractOptions, createContractApp } from "./contract/contract-app.ts";
export type { HostBindings } from "./contract/exchange.ts";
export type { Guard, GuardProblem } from "./contract/guard.ts";
export type { Immutable } from "./contract/immutable.ts";
export {
  type Answer,
  type AnswerSpec,
  type Contract,
  type Operation,
  type OperationSpec,
  operation,
  type ParameterSpec,
} from "./contract/operation.ts";
export type { AnswerMode } from "./contract/settings.ts";
export { isLonger, isShorter } from "./contract/text-length.ts";
