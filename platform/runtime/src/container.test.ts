import { describe, expect, test } from "vitest";
import { componentsOf, createContainer, registerFactory, resolve, token } from "./container.ts";

interface Pool {
  readonly url: string;
}
const pool = token<Pool>("pool");
const store = token<{ readonly pool: Pool }>("store");
const host = token<{ readonly port: number }>("host");

describe("a registered factory", () => {
  test("builds once, when it is first asked for", () => {
    const container = createContainer();
    let built = 0;
    registerFactory(container, pool, () => {
      built += 1;
      return { url: `pool ${built}` };
    });
    expect(built).toBe(0);
    const first: Pool = resolve(container, pool);
    expect(resolve(container, pool)).toBe(first);
    expect(built).toBe(1);
  });

  test("gets what it needs by its token, with its type", () => {
    const container = createContainer();
    registerFactory(container, store, (get) => ({ pool: get(pool) }));
    registerFactory(container, pool, () => ({ url: "u" }));
    expect(resolve(container, store).pool).toBe(resolve(container, pool));
    // @ts-expect-error a pool is not a host
    const wrong: { readonly port: number } = resolve(container, pool);
    expect(wrong).toBe(resolve(container, pool));
  });

  test("must make what its token names", () => {
    // @ts-expect-error a text is not a pool
    registerFactory(createContainer(), pool, () => "text");
  });

  test("that fails may be asked again", () => {
    const container = createContainer();
    let broken = true;
    registerFactory(container, pool, () => {
      if (broken) throw new Error("no");
      return { url: "u" };
    });
    expect(() => resolve(container, pool)).toThrow("no");
    broken = false;
    expect(resolve(container, pool)).toEqual({ url: "u" });
  });

  test("that needs itself is told so", () => {
    const container = createContainer();
    registerFactory(container, pool, (get) => ({ url: String(get(store)) }));
    registerFactory(container, store, (get) => ({ pool: get(pool) }));
    expect(() => resolve(container, pool)).toThrow(
      expect.objectContaining({ reason: "CIRCULAR_DEPENDENCY", message: "pool needs itself." }),
    );
  });

  test("may make nothing", () => {
    const container = createContainer();
    const maybe = token<void>("maybe");
    let built = 0;
    registerFactory(container, maybe, () => {
      built += 1;
    });
    resolve(container, maybe);
    resolve(container, maybe);
    expect(built).toBe(1);
  });
});

test("a token of the same name is another token", () => {
  const container = createContainer();
  registerFactory(container, pool, () => ({ url: "u" }));
  expect(() => resolve(container, token<Pool>("pool"))).toThrow(
    expect.objectContaining({ reason: "NOT_REGISTERED", message: "pool is not registered in this container." }),
  );
});

test("containers know nothing of each other", () => {
  const [one, two] = [createContainer(), createContainer()];
  registerFactory(
    one,
    pool,
    () => ({ url: "one" }),
    () => ({ name: "pool" }),
  );
  resolve(one, pool);
  expect(() => resolve(two, pool)).toThrow(expect.objectContaining({ reason: "NOT_REGISTERED" }));
  expect(componentsOf(two)).toEqual([]);
});

test("components come behind what they were built from, in whatever order they were registered and asked for", () => {
  const container = createContainer();
  registerFactory(
    container,
    host,
    (get) => ({ port: get(store).pool.url.length }),
    () => ({ name: "host" }),
  );
  registerFactory(container, store, (get) => ({ pool: get(pool) }));
  registerFactory(
    container,
    pool,
    () => ({ url: "u" }),
    () => ({ name: "pool" }),
  );
  expect(componentsOf(container)).toEqual([]);
  resolve(container, host);
  resolve(container, pool);
  expect(componentsOf(container).map(({ name }) => name)).toEqual(["pool", "host"]);
});
