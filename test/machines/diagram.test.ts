import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { createDaemonMachine } from '../../machines/daemon.ts';
import { chartOf, mermaidOf } from '../../machines/diagram.ts';
import { createHedgeMachine } from '../../machines/hedge.ts';
import { createLifecycleMachine } from '../../machines/lifecycle.ts';
import { createTradingMachine } from '../../machines/trading.ts';
import { LIFECYCLE } from '../../src/runtime/lifecycle.ts';

const MACHINES: readonly AnyStateMachine[] = [
  createDaemonMachine({ suspended: false }),
  createTradingMachine(),
  createHedgeMachine(),
  createLifecycleMachine(LIFECYCLE as never),
];
const PAGE = readFileSync(new URL('../../docs/machines.md', import.meta.url), 'utf8');

describe.each(MACHINES.map((machine) => [machine.id, machine] as const))('%s', (_, machine) => {
  const { states, edges } = chartOf(machine);
  const mermaid = mermaidOf(machine);

  it('shows every state in its diagram, and where it begins', () => {
    for (const { path, parent, initial } of states) {
      const id = path.replaceAll('.', '_');
      assert.match(mermaid, new RegExp(`as ${id}\\b`));
      assert(parent === null || states.some((state) => state.path === parent));
      if (initial !== null) assert(mermaid.includes(`[*] --> ${initial.replaceAll('.', '_')}`));
    }
  });

  it('draws one arrow between two states, with all that leads from one to the other', () => {
    const arrows = mermaid.match(/^ {2}\w+ --> \w+(?=:)/gm) ?? [];
    const pairs = edges
      .filter(({ from, to }) => from !== '' && to !== null && to !== from)
      .map(({ from, to }) => `  ${from} --> ${to}`.replaceAll('.', '_'));
    assert.deepEqual(new Set(arrows), new Set(pairs));
    assert.equal(arrows.length, new Set(arrows).size);
  });

  it('names each guard and each action', () => {
    for (const { guard, actions } of edges) {
      assert.notEqual(guard, 'guard');
      assert.notEqual(guard, 'condition');
      for (const action of actions) assert.notEqual(action, '');
    }
  });

  it('has each of its states explained on the page', () => {
    const inner = new Set(['lifecycle', 'admission', 'assessing']);
    for (const { path } of states) {
      const name = path.slice(path.lastIndexOf('.') + 1);
      if (!inner.has(name)) assert(PAGE.includes(`\`${name}\``), name);
    }
  });
});
