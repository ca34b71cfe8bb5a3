import type { Route } from "@gantry/kernel";

/** What a path leads to. `methods` are those it has when the asked one is not among them. */
export type Match = { readonly route: Route } | { readonly methods: readonly string[] };

type ByMethod = Map<string, Route>;

interface Node {
  readonly literals: Map<string, Node>;
  parameter?: Node;
  readonly routes: ByMethod;
}

/**
 * Finds the route of a request, by exact and case-sensitive comparison. Procedures are looked up whole, paths with
 * parameters segment by segment, where a literal goes before a parameter.
 *
 * Transcoded routes and those for services are not in it: for a client they do not exist. A method that the table does
 * not name is not there either, HEAD of a GET included.
 */
export class RouteTable {
  readonly #exact = new Map<string, ByMethod>();
  readonly #root = node();

  /** @throws RangeError when two routes have the same path and method */
  constructor(routes: readonly Route[]) {
    for (const route of routes) if (isServed(route)) this.#add(route);
  }

  /** @param path without query, already found sane by the path guard */
  find(path: string, method: string): Match | undefined {
    const found = this.#exact.get(path) ?? descend(this.#root, path.split("/"), 1);
    if (found === undefined) return undefined;
    const route = found.get(method);
    return route === undefined ? { methods: [...found.keys()] } : { route };
  }

  #add(route: Route): void {
    const at = route.path.includes("{") ? leaf(this.#root, route.path) : this.#exactly(route.path);
    for (const method of route.methods) {
      if (at.has(method)) throw new RangeError(`two routes answer ${method} ${route.path}`);
      at.set(method, route);
    }
  }

  #exactly(path: string): ByMethod {
    const known = this.#exact.get(path) ?? new Map<string, Route>();
    this.#exact.set(path, known);
    return known;
  }
}

const isServed = ({ kind, auth }: Route): boolean => kind !== "transcoded" && auth !== "SERVICE";

function node(): Node {
  return { literals: new Map(), routes: new Map() };
}

function leaf(root: Node, path: string): ByMethod {
  let at = root;
  for (const segment of path.split("/").slice(1))
    at = segment.startsWith("{") ? parameterOf(at) : literalOf(at, segment);
  return at.routes;
}

function parameterOf(at: Node): Node {
  at.parameter ??= node();
  return at.parameter;
}

function literalOf(at: Node, segment: string): Node {
  const known = at.literals.get(segment) ?? node();
  at.literals.set(segment, known);
  return known;
}

/** A parameter is one whole segment, and never an empty one. */
function descend(at: Node, segments: readonly string[], index: number): ByMethod | undefined {
  const segment = segments[index];
  if (segment === undefined) return at.routes.size > 0 ? at.routes : undefined;
  const literal = at.literals.get(segment);
  const found = literal && descend(literal, segments, index + 1);
  if (found !== undefined || segment === "" || at.parameter === undefined) return found;
  return descend(at.parameter, segments, index + 1);
}
