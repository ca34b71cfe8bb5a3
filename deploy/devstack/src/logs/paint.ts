/** Colours text for a terminal. */
export interface Paint {
  /** Text in one of a few colours, always the same for the same `index`. */
  label(text: string, index: number): string;
  dim(text: string): string;
  warn(text: string): string;
  error(text: string): string;
  good(text: string): string;
  bold(text: string): string;
}

const labelCodes = [36, 35, 34, 32, 33, 96, 95, 94];
const plain = (text: string) => text;
const code = (number: number) => (text: string) => `\u001b[${number}m${text}\u001b[0m`;

/** `colour: false` leaves every text as it is. */
export function createPaint(colour: boolean): Paint {
  if (!colour) return { label: plain, dim: plain, warn: plain, error: plain, good: plain, bold: plain };
  return {
    label: (text, index) => code(labelCodes[index % labelCodes.length] ?? 36)(text),
    dim: code(2),
    warn: code(33),
    error: code(31),
    good: code(32),
    bold: code(1),
  };
}
