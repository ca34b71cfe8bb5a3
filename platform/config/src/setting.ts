import { AppError } from "@gantry/kernel";
import type { z } from "zod";

/** One variable of the environment and what it may hold. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  /** The variable's name, UPPER_SNAKE. */
  readonly env: string;
  /** Reads the variable's text. Accepting `undefined` (a default, or optional) makes the setting optional. */
  readonly schema: S;
  /** What it is for, one sentence, with its unit. */
  readonly description: string;
  /** The value is never shown, not even when it is wrong. */
  readonly secret?: boolean;
  /** A believable value for `.env` templates. */
  readonly example?: string;
}

/** The settings of a service by their names in code. */
export type Settings = Readonly<Record<string, Setting>>;

const envName = /^[A-Z][A-Z0-9_]*$/;

/** @throws AppError `internal` SETTING_INVALID when the variable's name is not UPPER_SNAKE */
export function setting<S extends z.ZodType>(init: Setting<S>): Setting<S> {
  if (!envName.test(init.env)) throw settingInvalid(`${JSON.stringify(init.env)} is not an UPPER_SNAKE name.`);
  return init;
}

/** A mistake in the code that declares settings, not in the environment. */
export const settingInvalid = (message: string): AppError =>
  new AppError({ kind: "internal", reason: "SETTING_INVALID", message });
