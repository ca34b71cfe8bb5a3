import { freePort, isPortFree } from "@gantry/testing";

/** Hands out ports of 127.0.0.1, none twice. */
export interface Ports {
  /** `preferred` when nobody has it, else a free one. */
  take(preferred: number): Promise<number>;
}

/** `fixed: false` never takes the preferred port: for systems that run beside others, as tests do. */
export function createPorts(options: { readonly fixed: boolean }): Ports {
  const taken = new Set<number>();
  const free = async (): Promise<number> => {
    const port = await freePort();
    return taken.has(port) ? await free() : port;
  };
  return {
    async take(preferred) {
      const wanted = options.fixed && !taken.has(preferred) && (await isPortFree(preferred));
      const port = wanted ? preferred : await free();
      taken.add(port);
      return port;
    },
  };
}
