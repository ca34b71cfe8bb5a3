/**
 * A double-quoted string as Ajv writes it (JSON, so a quote inside is always escaped), or the line of a format, which is a
 * regular expression of ajv-formats and may hold a lone quote.
 */
const stringLiteral = /^const formats\d+ = \/.*$|"(?:[^"\\]|\\.)*"/gm;
const placeholder = /§(\d+)§/g;

/**
 * Code with its string literals taken out, so that it can be searched and rearranged without ever touching text of the
 * contract. Whatever a literal says, it comes back byte for byte where its placeholder ends up.
 */
export class MaskedCode {
  readonly text: string;
  readonly #literals: readonly string[];

  private constructor(text: string, literals: readonly string[]) {
    this.text = text;
    this.#literals = literals;
  }

  static of(code: string): MaskedCode {
    const literals: string[] = [];
    const text = code.replace(stringLiteral, (literal) => `§${literals.push(literal) - 1}§`);
    return new MaskedCode(text, literals);
  }

  map(change: (text: string) => string): MaskedCode {
    return new MaskedCode(change(this.text), this.#literals);
  }

  /** The literal behind a placeholder, quotes included. */
  literal(mask: string): string {
    return mask.replace(placeholder, (_, index: string) => this.#literals[Number(index)] ?? "");
  }

  toString(): string {
    return this.literal(this.text);
  }
}
