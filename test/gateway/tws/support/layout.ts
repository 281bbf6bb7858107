/**
 * The layout of a message as a list of names, in the order of the wire. `name>=163` is there from
 * that version on, `name<177` until it. A message is checked by its length and read by its names.
 */

import { strict as assert } from 'node:assert';
import { encodeFrame, type Message, splitFields } from '../../../../src/gateway/tws/framing.ts';

/** The versions at which layouts are checked: both ends, the default, and where shapes change. */
export const VERSIONS = [157, 176, 177, 178, 193] as const;

/** The names of a layout that are there at `version`. */
export function namesAt(layout: string, version: number): readonly string[] {
  return layout
    .split(/[\s,]+/)
    .filter((name) => name !== '')
    .filter((name) => {
      const [, relation, bound] = /(>=|<)(\d+)$/.exec(name) ?? [];
      if (relation === undefined) return true;
      return relation === '<' ? version < Number(bound) : version >= Number(bound);
    })
    .map((name) => name.replace(/(>=|<)\d+$/, ''));
}

/** The fields of `message` as they travel, by name; fails where one is missing or too many. */
export function readLayout(
  message: Message,
  layout: string,
  version: number,
): Readonly<Record<string, string>> {
  const names = namesAt(layout, version);
  const fields = splitFields(encodeFrame(message).subarray(4).toString()) ?? [];
  assert.equal(fields.length, names.length, `fields at ${version}: ${fields.join('|')}`);
  const record: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    assert(!(name in record), `the layout names ${name} once`);
    record[name] = fields[index] ?? '';
  }
  return record;
}
