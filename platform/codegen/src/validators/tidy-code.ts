import { indentLines } from "./indent-lines.ts";
import { MaskedCode } from "./masked-code.ts";

/** Problems after which a validator stops looking. A caller shows no more. */
export const MAX_PROBLEMS = 100;

/** The Ajv modules that generated code may use, by what Ajv would `require`. */
const imports: Readonly<Record<string, { readonly statement: string; readonly expression: string }>> = {
  "ajv/dist/runtime/ucs2length": {
    statement: 'import ucs2length from "ajv/dist/runtime/ucs2length.js";',
    expression: "ucs2length",
  },
  "ajv/dist/runtime/equal": { statement: 'import equal from "ajv/dist/runtime/equal.js";', expression: "equal" },
  "ajv-formats/dist/formats": {
    statement: 'import formats from "ajv-formats/dist/formats.js";',
    expression: "formats",
  },
};

/**
 * Turns Ajv's standalone code into a module that people can read and an ES module loader can load: `require` becomes
 * `import`, functions get names, dead parts go, loops stop at {@link MAX_PROBLEMS}. String literals are not touched.
 * @param names new names of Ajv's functions: `validate12` to `check_Uuid_request`
 */
export function tidyCode(code: string, names: ReadonlyMap<string, string>): string {
  const masked = MaskedCode.of(code);
  const used = new Set<string>();
  const tidied = masked
    .map(dropExports)
    .map((text) => importInsteadOfRequire(text, masked, used))
    .map(shortenReports)
    .map(dropUnevaluated)
    .map(dropUnusedConstants)
    .map(boundLoops)
    .map((text) => text.replace(/\bvalidate\d+\b/g, (name) => names.get(name) ?? name))
    .map(indentLines);
  return `${[...used].toSorted().join("\n")}\n\n${tidied.toString().trim()}\n`;
}

/** The first lines: `"use strict"`, which modules are anyway, and exports without a type. */
const dropExports = (text: string): string => text.replace(/^§0§;\n/, "").replace(/^export const \w+ = \w+;\n/gm, "");

function importInsteadOfRequire(text: string, masked: MaskedCode, used: Set<string>): string {
  return text.replace(/\brequire\((§\d+§)\)/g, (_, mask: string) => {
    const module: string = JSON.parse(masked.literal(mask));
    const known = imports[module];
    if (known === undefined) throw new Error(`Ajv wants the module ${module}, which is not known here`);
    used.add(known.statement);
    return known.expression;
  });
}

/** Five lines for each problem become one. */
const shortenReports = (text: string): string =>
  text.replace(
    /if\(vErrors === null\)\{\nvErrors = \[(\w+)\];\n\}\nelse \{\nvErrors\.push\(\1\);\n\}\n/g,
    "(vErrors ??= []).push($1);\n",
  );

/** Bookkeeping of what was evaluated, where the function itself says that it is never asked for. */
function dropUnevaluated(text: string): string {
  const bookkeeping =
    /const (evaluated\d+) = (validate\d+)\.evaluated;\nif\(\1\.dynamicProps\)\{\n\1\.props = undefined;\n\}\nif\(\1\.dynamicItems\)\{\n\1\.items = undefined;\n\}\n/g;
  return text.replace(bookkeeping, (block, _, name: string) => (isStatic(text, name) ? "" : block));
}

/** `validate3.evaluated = {"props":true,"dynamicProps":false,"dynamicItems":false};` with its strings masked. */
const isStatic = (text: string, name: string): boolean =>
  new RegExp(`^${name}\\.evaluated = \\{[^\\n]*§:false,§\\d+§:false\\};$`, "m").test(text);

/** Ajv keeps every schema at hand; hardly any is used. */
function dropUnusedConstants(text: string): string {
  return text
    .replace(/^const (schema\d+) = .*\n/gm, (line, name: string) => (count(text, name) > 1 ? line : ""))
    .replace(/^(validate\d+)\.evaluated = .*\n/gm, (line, name: string) =>
      count(text, `${name}\\.evaluated`) > 1 ? line : "",
    );
}

const count = (text: string, word: string): number => text.match(new RegExp(`\\b${word}\\b`, "g"))?.length ?? 0;

const boundLoops = (text: string): string =>
  text
    .replace(/^(for\(let i\d+=0; i\d+<len\d+); (i\d+\+\+\)\{)$/gm, `$1 && errors < ${MAX_PROBLEMS}; $2`)
    .replace(/^(for\(const \w+ in \w+\)\{)$/gm, `$1\nif(errors >= ${MAX_PROBLEMS}) break;`);
