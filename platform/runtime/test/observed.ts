import { eventually } from "@gantry/testing";

/** One line of a log. */
export type Line = Readonly<Record<string, unknown>> & { readonly message: string };

/** What a test sees of a running service, in whichever process it runs. */
export abstract class Observed {
  readonly lines: Line[] = [];
  /** What it printed for people. */
  stdout = "";
  stderr = "";
  /** The exit code, once it has ended. */
  abstract readonly ended: Promise<number>;

  abstract signal(name: "SIGTERM" | "SIGINT"): void;

  /** The first line with this message, now or later. */
  async line(message: string): Promise<Line> {
    const find = (): Line | undefined => this.lines.find((line) => line.message === message);
    await eventually(() => find() !== undefined, { withinMs: 10_000 });
    return find() ?? { message: "none" };
  }

  /** Where a component of the service listens, once the service is ready. */
  async url(component: string): Promise<string> {
    const { ports } = await this.line("ready");
    const port: unknown = typeof ports === "object" && ports !== null ? Reflect.get(ports, component) : undefined;
    return `http://127.0.0.1:${port}`;
  }

  /** All messages so far, but the chatter about single components. */
  messages(): readonly string[] {
    return this.lines
      .map(({ message }) => message)
      .filter((message) => !/^component (?:started|stopped)$/.test(message));
  }
}

/** The environment of a fixture that starts. */
export const goodEnvironment = { IDENTITY_JWKS: '{"keys":[]}', LOG_LEVEL: "debug" };
