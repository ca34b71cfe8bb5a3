declare const checked: unique symbol;

/** Text in Telegram's parse mode HTML, in which nothing that came from outside can be a tag. */
export type Html = string & { readonly [checked]: true };

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escaped = (value: string): string => value.replace(/[&<>"]/g, (character) => entities[character] ?? "");

/** A template whose values are escaped, all of them: html`Hello <b>${name}</b>`. */
export const html = (strings: TemplateStringsArray, ...values: readonly (string | number)[]): Html =>
  // the one place where text becomes Html
  String.raw({ raw: strings }, ...values.map((value) => escaped(String(value)))) as Html;

/** The same as a person sees it, for logs. */
export function plain(text: string): string {
  const characters = Object.entries(entities);
  return text
    .replace(/<[^>]*>/g, "")
    .replace(/&\w+;/g, (entity) => characters.find(([, written]) => written === entity)?.[0] ?? entity);
}
