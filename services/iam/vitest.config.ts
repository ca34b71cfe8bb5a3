export { default } from "../../platform/tooling/vitest.postgres.ts";
