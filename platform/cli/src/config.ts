/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the person's shell says. */
export const environment = (): Environment => process.env;
