import "reflect-metadata";
import { AppError } from "@gantry/kernel";
import { type DependencyContainer, container as root } from "tsyringe";
import type { Component } from "./component.ts";

declare const held: unique symbol;

/** Names something that a container holds, with its type. Made by {@link token}; two calls make two tokens. */
export interface Token<T> {
  readonly key: symbol;
  readonly [held]?: T;
}

/** Gives what a token names, building it first if need be. */
export type Resolve = <T>(token: Token<T>) => T;

/** @param name for messages */
export const token = <T>(name: string): Token<T> => ({ key: Symbol(name) });

/** An empty container of its own. */
export const createContainer = (): DependencyContainer => root.createChildContainer();

const built = new WeakMap<DependencyContainer, Component[]>();

/**
 * Says how something is built: once, when it is first asked for. No decorators, no guessing.
 *
 * With `asComponent` it also takes part in start and stop. tsyringe disposes only what it constructs itself and never what
 * a factory made; {@link componentsOf} is the list that closes those.
 */
export function registerFactory<T>(
  container: DependencyContainer,
  wanted: Token<T>,
  factory: (resolve: Resolve) => T,
  asComponent?: (made: T) => Component,
): void {
  let made: { readonly value: T } | undefined;
  let building = false;
  const build = (): T => {
    if (made !== undefined) return made.value;
    if (building) throw circular(wanted);
    building = true;
    try {
      made = { value: factory((needed) => resolve(container, needed)) };
    } finally {
      building = false;
    }
    if (asComponent !== undefined) remember(container, asComponent(made.value));
    return made.value;
  };
  container.register(wanted.key, { useFactory: build });
}

/** @throws AppError `internal` NOT_REGISTERED or CIRCULAR_DEPENDENCY */
export function resolve<T>(container: DependencyContainer, wanted: Token<T>): T {
  if (!container.isRegistered(wanted.key, true)) throw missing(wanted);
  return container.resolve<T>(wanted.key);
}

/**
 * The components that were built so far, each behind what it was built from. Started in this order and stopped in reverse,
 * a server has drained before the database that it uses is closed.
 */
export const componentsOf = (container: DependencyContainer): readonly Component[] => built.get(container) ?? [];

function remember(container: DependencyContainer, component: Component): void {
  const list = built.get(container) ?? [];
  list.push(component);
  built.set(container, list);
}

const missing = ({ key }: Token<unknown>): AppError =>
  new AppError({
    kind: "internal",
    reason: "NOT_REGISTERED",
    message: `${key.description} is not registered in this container.`,
  });

const circular = ({ key }: Token<unknown>): AppError =>
  new AppError({ kind: "internal", reason: "CIRCULAR_DEPENDENCY", message: `${key.description} needs itself.` });
