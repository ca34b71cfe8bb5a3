import type { OpenApiDocument } from "./document.ts";
import { isObject, type Json } from "./json.ts";

/** How many references may follow one another. */
const MAX_HOPS = 16;

/** A value of the document and the place it stands at. Reading the wrong kind of value is reported, not thrown. */
export class ContractNode {
  readonly document: OpenApiDocument;
  readonly path: readonly string[];
  readonly value: Json;

  constructor(document: OpenApiDocument, path: readonly string[], value: Json) {
    this.document = document;
    this.path = path;
    this.value = value;
  }

  /** The last step of the path: the member's name or the item's index. */
  get name(): string {
    return this.path.at(-1) ?? "";
  }

  refuse(problem: string, advice: string): void {
    this.document.problems.add(this.document.place(this.path), problem, advice);
  }

  member(name: string): ContractNode | undefined {
    const value = isObject(this.value) && Object.hasOwn(this.value, name) ? this.value[name] : undefined;
    return value === undefined ? undefined : this.#child(name, value);
  }

  /** The members of an object, nothing of anything else. Reports a value that is there and no object. */
  members(): readonly ContractNode[] {
    if (isObject(this.value)) return Object.entries(this.value).map(([name, value]) => this.#child(name, value));
    this.refuse("This must be an object.", "Write it as a mapping.");
    return [];
  }

  membersOf(name: string): readonly ContractNode[] {
    return this.member(name)?.members() ?? [];
  }

  itemsOf(name: string): readonly ContractNode[] {
    const list = this.member(name);
    if (list === undefined) return [];
    if (!Array.isArray(list.value)) list.refuse("This must be a list.", "Write it as a sequence.");
    return list.items();
  }

  /** The items of a list, nothing of anything else. */
  items(): readonly ContractNode[] {
    const { value } = this;
    return Array.isArray(value) ? value.map((item: Json, index) => this.#child(String(index), item)) : [];
  }

  text(name: string): string | undefined {
    const node = this.member(name);
    if (node === undefined || typeof node.value === "string") return node?.value as string | undefined;
    node.refuse(`${JSON.stringify(name)} must be a text.`, "Put it in quotes.");
    return undefined;
  }

  flag(name: string): boolean {
    const node = this.member(name);
    if (node === undefined || typeof node.value === "boolean") return node?.value === true;
    node.refuse(`${JSON.stringify(name)} must be true or false.`, "Write it without quotes.");
    return false;
  }

  /** Reports each member that is not in `allowed` and is no `x-` extension, with the advice that belongs to it. */
  allowOnly(what: string, allowed: ReadonlySet<string>, advice: Readonly<Record<string, string>> = {}): void {
    for (const member of this.members()) {
      if (allowed.has(member.name) || member.name.startsWith("x-")) continue;
      const known = Object.hasOwn(advice, member.name) ? advice[member.name] : undefined;
      member.refuse(
        `${what} with ${JSON.stringify(member.name)} cannot be generated.`,
        known ?? `Supported are ${[...allowed].join(", ")}.`,
      );
    }
  }

  /** The node itself, or what its `$ref` leads to. Undefined and reported when that is nowhere in this document. */
  resolved(): ContractNode | undefined {
    let node: ContractNode = this;
    for (let hops = 0; hops < MAX_HOPS; hops++) {
      const ref = node.text("$ref");
      if (ref === undefined) return node;
      const target = node.#target(ref);
      if (target === undefined) return undefined;
      node = target;
    }
    this.refuse("This $ref leads in a circle.", "Let it end at a definition.");
    return undefined;
  }

  #target(ref: string): ContractNode | undefined {
    if (!ref.startsWith("#/")) {
      this.refuse(
        `$ref ${JSON.stringify(ref)} leaves the document.`,
        "Define it under components and refer to it as #/components/….",
      );
      return undefined;
    }
    const names = ref.slice(2).split("/").map(unescapePointer);
    const found = names.reduce<ContractNode | undefined>((node, name) => node?.member(name), this.document.root);
    if (found === undefined) this.refuse(`$ref ${JSON.stringify(ref)} leads nowhere.`, "Define it under components.");
    return found;
  }

  #child(name: string, value: Json): ContractNode {
    return new ContractNode(this.document, [...this.path, name], value);
  }
}

/** RFC 6901 inside a URI fragment. */
function unescapePointer(token: string): string {
  return decodeURIComponent(token.replace(/%(?![0-9A-Fa-f]{2})/g, "%25"))
    .replaceAll("~1", "/")
    .replaceAll("~0", "~");
}
