import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { chartOf } from '../../machines/diagram.ts';
import { scxmlOf } from '../../machines/scxml.ts';
import { MACHINES } from '../../src/engine/definitions.ts';

/** Opening, closing and empty tags of a document, each with its attributes. */
function tagsOf(xml: string): readonly { readonly name: string; readonly text: string }[] {
  return [...xml.matchAll(/<(\/?[a-z]+)([^>]*)>/g)].map(([, name = '', text = '']) => ({
    name,
    text,
  }));
}

describe.each(Object.entries(MACHINES))('%s as SCXML', (_, create) => {
  const machine = create();
  const xml = scxmlOf(machine);
  const tags = tagsOf(xml);

  it('is well formed: every tag that opens closes in its turn', () => {
    const open: string[] = [];
    for (const { name, text } of tags) {
      if (text.endsWith('/') || text.endsWith('?')) continue;
      if (name.startsWith('/')) assert.equal(open.pop(), name.slice(1));
      else open.push(name);
    }
    assert.deepEqual(open, []);
  });

  it('has every state once, and every transition with its guard and target', () => {
    const { states, edges } = chartOf(machine);
    const ids = [...xml.matchAll(/<(?:state|parallel|final) id="([^"]+)"/g)].map(([, id]) => id);
    for (const { path } of states) {
      assert.equal(ids.filter((id) => id === path.replaceAll('.', '_')).length, 1, path);
    }
    const transitions = tags.filter(({ name }) => name === 'transition');
    assert.equal(transitions.length, edges.length);
    const targets = [...xml.matchAll(/ (?:target|initial)="([^#"]+)"/g)].map(([, id]) => id);
    for (const target of targets) assert.ok(ids.includes(target), `there is no state ${target}`);
    assert.equal(
      transitions.filter(({ text }) => text.includes(' cond=')).length,
      edges.filter(({ guard }) => guard !== null).length,
    );
  });
});
