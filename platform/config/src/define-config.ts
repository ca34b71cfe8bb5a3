import type { z } from "zod";
import { ConfigError, type ConfigProblem } from "./config-error.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { describeSetting, dotenvTemplate, helpTable, type SettingInfo } from "./describe.ts";
import { type Setting, type Settings, settingInvalid } from "./setting.ts";
import { meant } from "./typo.ts";

/** Variables by name, as in `process.env`. An empty text counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The values of settings by their names in code. */
export type ConfigOf<S extends Settings> = { readonly [Key in keyof S]: z.output<S[Key]["schema"]> };

/** The settings of one service: how to read them, and how to tell people about them. */
export interface ConfigDefinition<Config> {
  readonly service: string;
  /**
   * Reads everything, frozen.
   * @throws ConfigError with every problem at once; secret values are not in it
   */
  load(env: Environment): Config;
  /** Every variable with its default and meaning, as a table. */
  help(): string;
  /** A template of an `.env` file. */
  dotenv(): string;
  /** The same facts as data. */
  describe(): readonly SettingInfo[];
}

/**
 * Declares the settings of a service. The type of the configuration follows from the schemas.
 * @param service its name in lower-case kebab; variables that begin with it and are nearly, but not quite, one of the
 *   declared ones are reported as slips of the pen
 * @throws AppError `internal` SETTING_INVALID when two settings read the same variable
 */
export function defineConfig<const S extends Settings>(service: string, settings: S): ConfigDefinition<ConfigOf<S>> {
  const all = Object.values(settings);
  refuseRepeats(all);
  const describe = (): readonly SettingInfo[] => all.map(describeSetting);
  return {
    service,
    load: (env) => load(service, settings, env),
    help: () => helpTable(service, describe()),
    dotenv: () => dotenvTemplate(service, describe()),
    describe,
  };
}

function refuseRepeats(settings: readonly Setting[]): void {
  const seen = new Set<string>();
  for (const { env } of settings) {
    if (seen.has(env)) throw settingInvalid(`Two settings read ${env}.`);
    seen.add(env);
  }
}

function load<S extends Settings>(service: string, settings: S, env: Environment): ConfigOf<S> {
  const problems: ConfigProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(settings)) {
    const result = one.schema.safeParse(given(env, one.env));
    if (result.success) values[key] = result.data;
    else problems.push(wrong(one, given(env, one.env), result.error.issues));
  }
  problems.push(...slips(service, Object.values(settings), env));
  if (problems.length > 0) throw new ConfigError(service, problems);
  return deepFreeze(values) as ConfigOf<S>;
}

const given = (env: Environment, name: string): string | undefined => (env[name] === "" ? undefined : env[name]);

function wrong(
  { env, secret, description }: Setting,
  value: string | undefined,
  issues: readonly Issue[],
): ConfigProblem {
  const rules = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
  return { env, description, problem: `${state(value, secret)}: ${rules.join("; ")}` };
}

/** Nothing longer is shown: it helps nobody, and a key pasted into the wrong variable is long. */
const MAX_SHOWN = 80;

function state(value: string | undefined, secret: boolean | undefined): string {
  if (value === undefined) return "is not set";
  if (secret === true) return "is wrong (secret, not shown)";
  return value.length > MAX_SHOWN ? `is wrong (${value.length} characters)` : `is ${JSON.stringify(value)}`;
}

type Issue = Pick<z.core.$ZodIssue, "path" | "message">;

function slips(service: string, settings: readonly Setting[], env: Environment): ConfigProblem[] {
  const prefix = `${service.toUpperCase().replaceAll("-", "_")}_`;
  const known = new Set(settings.map((one) => one.env));
  const unset = [...known].filter((name) => given(env, name) === undefined);
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith(prefix) || known.has(name)) return [];
    const intended = meant(name, unset);
    if (intended === undefined) return [];
    const description = settings.find((one) => one.env === intended)?.description ?? "";
    return [{ env: name, description, problem: `is not a setting of ${service}: did you mean ${intended}?` }];
  });
}
