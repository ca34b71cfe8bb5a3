import type { Api } from "../openapi/api.ts";
import { fileHeader } from "../text/header.ts";
import { quote } from "../text/quote.ts";
import { pascalCase } from "../text/words.ts";

/** The text of `client.ts`: openapi-fetch with the contract's types and prefix. */
export function emitClient({ file, service, prefix }: Api): string {
  return `${fileHeader(file)}
import createClient, { type Client, type ClientOptions } from "openapi-fetch";
import type { paths } from "./types.ts";

/** Options of openapi-fetch with the origin of the service or gateway, for example \`http://127.0.0.1:8080\`. */
export interface ${pascalCase(service)}ClientOptions extends ClientOptions {
  readonly baseUrl: string;
}

/** A client of ${service} with the contract's paths, inputs and answers as types. Never throws for a status, only for the network. */
export const create${pascalCase(service)}Client = (options: ${pascalCase(service)}ClientOptions): Client<paths> =>
  createClient<paths>({ ...options, baseUrl: options.baseUrl.replace(/\\/$/, "") + ${quote(prefix)} });
`;
}
