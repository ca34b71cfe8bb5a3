import { indentLines } from "./indent-lines.ts";
import { MaskedCode } from "./masked-code.ts";

/** Problems after which a validator stops looking. A caller shows no more. */
const MAX_PROBLEMS = 100;

/** The Ajv modules that generated code may use, by what Ajv would `require`. */
const imports: Readonly<Record<string, { readonly statement: string; readonly expression: string }>> = {
  "ajv/dist/runtime/ucs2length": {
    statement: 'import { isLonger, isShorter } from "@gantry/http/contract";',
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
    .map(measureStrings)
    .map(plainArguments)
    .map(shortenReports)
    .map(dropUnevaluated)
    .map(dropUnusedConstants)
    .map(boundLoops)
    .map((text) => text.replace(/(?<![.\w$])validate\d+\b/g, (name) => names.get(name) ?? name))
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

/** Code points are counted only where the number of code units does not decide already, which is nearly always. */
function measureStrings(text: string): string {
  const measured = text.replace(/\bfunc\d+\((\w+)\) ([<>]) (\d+)/g, (_, data: string, than: string, limit: string) =>
    than === ">" ? `isLonger(${data}, ${limit})` : `isShorter(${data}, ${limit})`,
  );
  const counters = [...measured.matchAll(/^const (func\d+) = ucs2length\.default;\n/gm)];
  return counters.reduce((rest, [line, name = ""]) => {
    if (count(rest, name) > 1) throw new Error("Ajv measures a text in an unknown way");
    return rest.replace(line, "");
  }, measured);
}

/**
 * Of what Ajv passes from function to function only the path is needed: the rest serves `$data`, coercion and dynamic
 * references, which no contract of ours can have. Costs an object for each call otherwise.
 */
function plainArguments(text: string): string {
  const plain = text
    .replace(
      /, \{instancePath=§\d+§, parentData, parentDataProperty, rootData=data, dynamicAnchors=\{\}\}=\{\}\)/g,
      `, instancePath = "")`,
    )
    .replace(
      /, \{instancePath(?::(.*?))?,parentData.*?,rootData,dynamicAnchors\}\)/g,
      (_, path = "instancePath") => `, ${path})`,
    );
  if (/(?<![.\w$])(?:parentData|rootData|dynamicAnchors)\b/.test(plain)) throw new Error("Ajv uses more than a path");
  return plain;
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

/** How often a variable is named. A member of that name, `data.schema0`, is none. */
const count = (text: string, name: string): number =>
  text.match(new RegExp(`(?<![.\\w$])${name}\\b`, "g"))?.length ?? 0;

const boundLoops = (text: string): string =>
  text
    .replace(/^(for\(let i\d+=0; i\d+<len\d+); (i\d+\+\+\)\{)$/gm, `$1 && errors < ${MAX_PROBLEMS}; $2`)
    .replace(/^(for\(const \w+ in \w+\)\{)$/gm, `$1\nif(errors >= ${MAX_PROBLEMS}) break;`);
