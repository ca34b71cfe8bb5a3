import { parseSync } from "oxc-parser";

/** What a source file takes from outside of itself. */
export interface SourceUses {
  readonly imports: readonly ImportUse[];
  /** Lines that read `process.env`. */
  readonly environmentReads: readonly number[];
}

/** One import, export-from or `import()` with a constant name. */
export interface ImportUse {
  readonly specifier: string;
  readonly line: number;
}

/** @throws Error when the file cannot be parsed. */
export function readSource(path: string, text: string): SourceUses {
  const { module, program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path} cannot be parsed: ${error.message}`);
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  const imports = module.staticImports.map(({ moduleRequest, start }) => ({
    specifier: moduleRequest.value,
    line: lineAt(start),
  }));
  const exports = module.staticExports.flatMap(({ entries, start }) =>
    entries.flatMap(({ moduleRequest }) =>
      moduleRequest === null ? [] : [{ specifier: moduleRequest.value, line: lineAt(start) }],
    ),
  );
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest, start }) => {
    const constant = /^(["'`])([^"'`$]*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    return constant?.[2] === undefined ? [] : [{ specifier: constant[2], line: lineAt(start) }];
  });
  return {
    imports: [...imports, ...exports, ...dynamic],
    environmentReads: environmentOffsets(program).map(lineAt),
  };
}

/** Where a syntax tree says `process.env` or `process["env"]`. */
function environmentOffsets(node: unknown): number[] {
  if (Array.isArray(node)) return node.flatMap(environmentOffsets);
  if (typeof node !== "object" || node === null) return [];
  const below = Object.values(node).flatMap(environmentOffsets);
  return isEnvironmentRead(node) ? [node.start, ...below] : below;
}

function isEnvironmentRead(node: object): node is { start: number } {
  if (!("type" in node) || node.type !== "MemberExpression" || !("object" in node) || !("property" in node))
    return false;
  return nameOf(node.object) === "process" && nameOf(node.property) === "env" && "start" in node;
}

function nameOf(node: unknown): unknown {
  if (typeof node !== "object" || node === null) return undefined;
  if ("name" in node) return node.name;
  return "value" in node ? node.value : undefined;
}
