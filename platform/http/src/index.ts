export { PROBLEM_JSON, type Problem, problemOf } from "./problem/problem.ts";
