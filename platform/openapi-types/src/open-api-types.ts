import openapiTypescript, { astToString } from "openapi-typescript";
import ts from "typescript";

/**
 * The TypeScript types of an OpenAPI 3.1 document: `paths`, `operations` and `components`. Not read-only: openapi-fetch takes
 * a read-only list for an object.
 *
 * The text is proved inert before it is returned: it parses without an error and nothing of it is left once the types are
 * taken away, so no name or description of the document can have become code.
 * @param document plain JSON, local `$ref`s only: a remote one would be fetched
 * @throws Error when openapi-typescript refuses the document, or its output is anything but types
 */
export async function openApiTypes(document: object): Promise<string> {
  const nodes = await openapiTypescript(JSON.stringify(document), {
    defaultNonNullable: false,
    silent: true,
  });
  const text = astToString(nodes);
  assertOnlyTypes(text);
  return text;
}

function assertOnlyTypes(text: string): void {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, removeComments: true },
  });
  if (diagnostics.length === 0 && outputText.trim() === "export {};") return;
  const [first] = diagnostics;
  const why = first === undefined ? "it holds code" : ts.flattenDiagnosticMessageText(first.messageText, " ");
  throw new Error(`openapi-typescript made something that is not types: ${why}`);
}
