export { default } from "../tooling/vitest.postgres.ts";
