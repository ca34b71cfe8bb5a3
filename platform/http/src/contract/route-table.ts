import type { Operation } from "./operation.ts";

interface Row {
  readonly segments: readonly string[];
  readonly method: string;
}

/** Which methods a path has. Asked only when nothing else fits the request. */
export class RouteTable {
  readonly #rows: readonly Row[];

  constructor(operations: readonly Pick<Operation, "route" | "method">[]) {
    this.#rows = operations.map(({ route, method }) => ({ segments: route.split("/"), method }));
  }

  /** In the order of the contract; HEAD comes with GET. */
  methodsAt(path: string): readonly string[] {
    const segments = path.split("/");
    const methods = this.#rows.filter((row) => fits(row.segments, segments)).map(({ method }) => method);
    return methods.includes("GET") ? [...methods, "HEAD"] : methods;
  }
}

const fits = (route: readonly string[], path: readonly string[]): boolean =>
  route.length === path.length &&
  route.every((segment, index) => (segment.startsWith("{") ? path[index] !== "" : segment === path[index]));
