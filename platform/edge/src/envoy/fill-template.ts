/** Plain data of a configuration file. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const oneValue = /^\$\{([a-z_]+)\}$/;
const someItems = /^\$\{\.\.\.([a-z_]+)\}$/;

/**
 * Replaces each string `${name}` of a parsed template by the value of that name, and the list item `${...name}` by the items of
 * a list. It works on data, not on text: no value can break out of its place.
 *
 * @throws Error for a name without a value, a value that nothing names, or `${` anywhere else.
 */
export function fillTemplate(template: Json, values: Readonly<Record<string, Json>>): Json {
  const used = new Set<string>();
  const take = (name: string): Json => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`the template names \${${name}}, which has no value`);
    used.add(name);
    return value;
  };
  const filled = fill(template, take);
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`the template does not name ${unused.join(", ")}`);
  return filled;
}

type Take = (name: string) => Json;

function fill(node: Json, take: Take): Json {
  if (typeof node === "string") return fillText(node, take);
  if (typeof node !== "object" || node === null) return node;
  if (isList(node)) return node.flatMap((item) => fillItem(item, take));
  return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, fill(member, take)]));
}

function fillText(text: string, take: Take): Json {
  const name = oneValue.exec(text)?.[1];
  if (name !== undefined) return take(name);
  if (text.includes("${")) throw new Error(`${JSON.stringify(text)} is more than one name, which is not filled`);
  return text;
}

function fillItem(item: Json, take: Take): readonly Json[] {
  const name = typeof item === "string" ? someItems.exec(item)?.[1] : undefined;
  if (name === undefined) return [fill(item, take)];
  const value = take(name);
  if (!isList(value)) throw new Error(`the template wants a list for ${name}`);
  return value;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
