/** What a supervisor watches over: actors, and supervisors with children of their own. */

import assert from 'node:assert/strict';
import type { ChildSpec } from './actor.ts';
import type { Backoff, Intensity } from './restart-policy.ts';

/**
 * Who starts again when one child died:
 * one-for-one that child alone; one-for-all every child; rest-for-one it and those after it.
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

/** A supervisor as a child: it fails when it gives up, and its own supervisor decides. */
export interface SupervisorSpec {
  readonly kind: 'supervisor';
  readonly id: string;
  readonly strategy: Strategy;
  /** In the order they start. */
  readonly children: readonly SystemChild[];
  /** `permanent` and `transient` start it again, with all its children; `temporary` does not. */
  readonly restart: ChildSpec['restart'];
  /** Default: that of the supervisor above. */
  readonly intensity?: Intensity;
  readonly backoff?: Backoff;
}

/**
 * Where nothing is said: many times what actors need. With a limit of its own a thread that leaks
 * ends alone, as a rule; the platform may still end the process, and a start recovers.
 */
const HEAP_MB_MAX = 1024;

export type SystemChild = ChildSpec | SupervisorSpec;

/** Whether a child is a supervisor with children of its own. */
export function isSupervisor(child: SystemChild): child is SupervisorSpec {
  return 'kind' in child;
}

/** The actors below these children, in the order they start. */
export function actorsOf(children: readonly SystemChild[]): readonly ChildSpec[] {
  return children.flatMap((child) => (isSupervisor(child) ? actorsOf(child.children) : [child]));
}

/** The ids of these children and of all below them. */
export function idsOf(children: readonly SystemChild[]): readonly string[] {
  return children.flatMap((child) =>
    isSupervisor(child) ? [child.id, ...idsOf(child.children)] : [child.id],
  );
}

/** Adds an id that nobody has. */
export function takeId(ids: Set<string>, id: string): void {
  assert(!ids.has(id), `the id ${id} is taken`);
  ids.add(id);
}

/** How long a child may take to stop; a supervisor stops its children one after the other. */
export function stopDeadlineOf(child: SystemChild): number {
  return isSupervisor(child)
    ? child.children.reduce((sum, one) => sum + stopDeadlineOf(one), 0)
    : child.stopDeadlineMs;
}

/** The name of the thread an actor runs in; undefined on the kernel, and for a supervisor. */
export function threadOf(child: SystemChild): string | undefined {
  if (isSupervisor(child) || child.placement.kind === 'kernel') return undefined;
  return child.placement.thread;
}

/** What the heap of a thread may hold: the largest that an actor in it names. */
export function heapMbMaxOf(children: readonly SystemChild[], thread: string): number {
  const named = actorsOf(children).flatMap(({ placement }) =>
    placement.kind === 'worker' && placement.thread === thread ? [placement.heapMbMax ?? 0] : [],
  );
  return Math.max(0, ...named) || HEAP_MB_MAX;
}
