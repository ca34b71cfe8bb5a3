/** Telegram's tags, https://core.telegram.org/bots/api#html-style. */
const tags = new Set("a b blockquote code del em i ins pre s span strike strong tg-emoji tg-spoiler u".split(" "));
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/** What a person sees of a text in parse mode HTML; undefined when Telegram would refuse it. */
export function shownText(html: string): string | undefined {
  const open: string[] = [];
  let shown = "";
  for (const [piece] of html.matchAll(/<[^>]*>?|[^<]+/g)) {
    if (!piece.startsWith("<")) shown += piece.replace(/&(\w+);/g, (all, name) => entities[name] ?? all);
    else if (!accept(piece, open)) return undefined;
  }
  return open.length === 0 ? shown : undefined;
}

function accept(piece: string, open: string[]): boolean {
  const [, slash, name = ""] = /^<(\/?)([a-z-]+)(?:\s[^>]*)?>$/i.exec(piece) ?? [];
  if (!tags.has(name.toLowerCase())) return false;
  if (slash === "/") return open.pop() === name.toLowerCase();
  open.push(name.toLowerCase());
  return true;
}
