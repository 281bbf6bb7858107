/**
 * Copies what deciders keep, so that one line of turns can be left where it is and another go on
 * from there. What is one object in several places is one object in the copy too. Definitions of
 * machines do not change and are shared; whatever else is no plain data is refused, because a copy
 * that shares what changes would decide otherwise than its original.
 */

import assert from 'node:assert/strict';
import { isMachine } from '../../machines/is-machine.ts';
import { copyIndex } from '../domain/ledger-entries.ts';

export interface Copier {
  /** A copy that shares nothing that can change. */
  readonly copy: <T>(value: T) => T;
  /** Objects that were copied so far: a measure of their memory. */
  readonly objects: number;
}

export function createCopier(): Copier {
  const known = new Map<object, object>();
  return {
    // What is copied has the type of its original.
    copy: <T>(value: T) => copyOf(value, known) as T,
    get objects() {
      return known.size;
    },
  };
}

function copyOf(value: unknown, known: Map<object, object>): unknown {
  if (typeof value !== 'object' || value === null || isMachine(value)) return value;
  return known.get(value) ?? copyObject(value, known);
}

function copyObject(value: object, known: Map<object, object>): object {
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    known.set(value, list);
    for (const one of value) list.push(copyOf(one, known));
    copyIndex(value, list as never);
    return list;
  }
  if (value instanceof Map) {
    const map = new Map<unknown, unknown>();
    known.set(value, map);
    for (const [key, one] of value) map.set(copyOf(key, known), copyOf(one, known));
    return map;
  }
  if (value instanceof Set) {
    const set = new Set<unknown>();
    known.set(value, set);
    for (const one of value) set.add(copyOf(one, known));
    return set;
  }
  if (value instanceof Float64Array) {
    const doubles = value.slice();
    known.set(value, doubles);
    return doubles;
  }
  return copyRecord(value, known);
}

function copyRecord(value: object, known: Map<object, object>): object {
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = prototype === Object.prototype || prototype === null;
  assert(plain, `nobody has said how a ${value.constructor.name} is copied`);
  const record: Record<string, unknown> = {};
  known.set(value, record);
  // Of a machine's snapshot the context changes; its nodes are parts of the definition.
  const shared = 'machine' in value && isMachine(value.machine) ? '_nodes' : '';
  for (const [key, one] of Object.entries(value)) {
    record[key] = key === shared ? one : copyOf(one, known);
  }
  return record;
}
