/** The `opt` entries of a plugin in buf.gen.yaml. */
export class PluginOptions {
  readonly #values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** @throws Error for an entry that is no `name=value`, or a repeated name. */
  static parse(parameter: string): PluginOptions {
    const values = new Map<string, string>();
    for (const entry of parameter === "" ? [] : parameter.split(",")) {
      const [name = "", ...rest] = entry.split("=");
      if (name === "" || rest.length === 0) throw new Error(`option ${JSON.stringify(entry)} is not name=value`);
      if (values.has(name)) throw new Error(`option ${JSON.stringify(name)} is given twice`);
      values.set(name, rest.join("="));
    }
    return new PluginOptions(values);
  }

  /** @throws Error when the option is missing. */
  require(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`the option ${name}=… is missing in buf.gen.yaml`);
    return value;
  }
}
