export { openApiTypes } from "./open-api-types.ts";
