export { createHttpHost, type HttpHost, type HttpHostOptions } from "./host/http-host.ts";
export type { HttpLimits } from "./host/limits.ts";
export { PROBLEM_JSON, type Problem, problemOf } from "./problem/problem.ts";
