import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import type { Place } from "../refusal/place.ts";
import { Problems } from "../refusal/problems.ts";
import type { Json } from "./json.ts";
import { ContractNode } from "./node.ts";

/** A parsed OpenAPI document that still knows where each value stands in its file. */
export class OpenApiDocument {
  readonly file: string;
  readonly problems = new Problems();
  readonly #yaml: Document;
  readonly #lines: LineCounter;
  readonly #json: Json;

  private constructor(file: string, yaml: Document, lines: LineCounter) {
    this.file = file;
    this.#yaml = yaml;
    this.#lines = lines;
    this.#json = yaml.toJS() ?? null;
  }

  /**
   * Parses YAML 1.2 or JSON.
   * @throws ContractRefused for a syntax error, a key given twice, or an alias
   */
  static parse(file: string, text: string): OpenApiDocument {
    const lines = new LineCounter();
    const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    refuseBrokenYaml(file, yaml, lines);
    return new OpenApiDocument(file, yaml, lines);
  }

  get root(): ContractNode {
    return new ContractNode(this, [], this.#json);
  }

  /** Where the value at `path` starts, or its nearest ancestor that is written down. */
  place(path: readonly string[]): Place {
    let at: unknown = this.#yaml.contents;
    let offset = 0;
    for (const name of path) {
      const found = step(at, name);
      if (found === undefined) break;
      offset = found.offset ?? offset;
      at = found.value;
    }
    return placeAt(this.file, this.#lines, offset);
  }
}

function step(at: unknown, name: string): { offset: number | undefined; value: unknown } | undefined {
  if (isSeq(at)) {
    const value: unknown = at.items[Number(name)];
    return { offset: startOf(value), value };
  }
  const pair = isMap(at) ? at.items.find(({ key }) => isScalar(key) && String(key.value) === name) : undefined;
  return pair && { offset: startOf(pair.key), value: pair.value };
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}

function refuseBrokenYaml(file: string, yaml: Document, lines: LineCounter): void {
  const problems = new Problems();
  for (const { message, pos } of [...yaml.errors, ...yaml.warnings]) {
    problems.add(placeAt(file, lines, pos[0]), message, "Correct the YAML.");
  }
  visit(yaml, {
    Alias: (_, alias) => {
      const offset = isAlias(alias) ? (alias.range?.[0] ?? 0) : 0;
      problems.add(placeAt(file, lines, offset), "YAML aliases are not supported.", "Share a part with $ref instead.");
    },
  });
  problems.throwIfAny();
}

function placeAt(file: string, lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { file, line, column: col };
}
