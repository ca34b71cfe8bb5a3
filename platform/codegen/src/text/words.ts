export const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** `order-admin` and `Idempotency-Key` as parts of identifiers: `OrderAdmin`, `IdempotencyKey`. */
export const pascalCase = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map(capitalized)
    .join("");
