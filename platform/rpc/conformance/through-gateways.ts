/** Programs that run a gateway: started by path, because the packages that make gateways are built upon this one. */
const programs: Readonly<Record<string, string>> = {
  node: "../../edge/test/gateway-process.ts",
  envoy: "../../../deploy/infra/test/gateway-process.ts",
};

/** The gateways that the suite can be run through. */
export const gatewayNames: readonly string[] = Object.keys(programs);

/** @throws Error for a name that is none of {@link gatewayNames} */
export function gatewayProgram(name: string): string {
  const program = programs[name];
  if (program === undefined)
    throw new Error(`there is no gateway ${JSON.stringify(name)}, only ${gatewayNames.join(", ")}`);
  return program;
}
