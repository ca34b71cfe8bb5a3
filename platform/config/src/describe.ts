import type { Setting } from "./setting.ts";

/** What there is to know about one variable. */
export interface SettingInfo {
  readonly env: string;
  readonly description: string;
  readonly secret: boolean;
  readonly required: boolean;
  /** As text; undefined when there is none, or when it is secret. */
  readonly default: string | undefined;
  readonly example: string | undefined;
}

/** Reads requiredness and default off the schema, so that they are stated once. */
export function describeSetting({ env, schema, description, secret = false, example }: Setting): SettingInfo {
  const unset = schema.safeParse(undefined);
  const value = unset.success && !secret ? asText(unset.data) : undefined;
  return { env, description, secret, required: !unset.success, default: value, example };
}

function asText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The table that `--help` prints. */
export function helpTable(service: string, infos: readonly SettingInfo[]): string {
  const rows = infos.map((info) => [info.env, state(info), info.description]);
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [nameWidth, stateWidth] = [width(0), width(1)];
  const lines = rows.map(([env = "", value = "", description = ""]) =>
    `  ${env.padEnd(nameWidth)}  ${value.padEnd(stateWidth)}  ${description}`.trimEnd(),
  );
  return [`${service} reads these variables:`, "", ...lines, ""].join("\n");
}

function state({ required, secret, default: value }: SettingInfo): string {
  const words = [required ? "required" : "", secret ? "secret" : "", value ?? ""].filter((word) => word !== "");
  return words.length === 0 ? "optional" : words.join(", ");
}

/** A `.env` file to fill in: what is required stands open, what has a default is commented out. */
export function dotenvTemplate(service: string, infos: readonly SettingInfo[]): string {
  const blocks = infos.map((info) => {
    const line = `${info.env}=${quote(info.default ?? info.example ?? "")}`;
    return `# ${info.description} (${state(info)})\n${info.required ? line : `# ${line}`}\n`;
  });
  return [`# Settings of ${service}.\n`, ...blocks].join("\n");
}

/** Values with anything but plain characters are quoted as `node --env-file` reads them. */
const quote = (value: string): string => (/^[\w./:@?&=%+,-]*$/.test(value) ? value : `'${value}'`);
