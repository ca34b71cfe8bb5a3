export { default } from "../../platform/tooling/vitest.shared.ts";
