import type { Customer, Devstack } from "@gantry/devstack";

/** What of a person may stand in no log. */
export const secretsOf = ({ password, email, headers, notificationMethods }: Customer): readonly string[] => [
  password,
  email,
  headers.authorization.slice("Bearer ".length),
  ...notificationMethods.map(({ contact }) => contact),
];

/** The lines of any process of the system that show one of the secrets, each with who wrote it. */
export const leaksOf = (stack: Devstack, secrets: ReadonlySet<string>): readonly string[] =>
  Object.keys(stack.opsUrls).flatMap((service) =>
    stack
      .logs(service)
      .filter((line) => [...secrets].some((secret) => line.includes(secret)))
      .map((line) => `${service}: ${line}`),
  );
