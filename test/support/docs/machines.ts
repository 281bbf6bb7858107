/**
 * `docs/machines.md`: the text is written by hand, diagrams and tables between its markers are made
 * from the machines themselves.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { createDaemonMachine } from '../../../machines/daemon.ts';
import { chartOf, type Edge, mermaidOf } from '../../../machines/diagram.ts';
import { createHedgeMachine } from '../../../machines/hedge.ts';
import { createLifecycleMachine } from '../../../machines/lifecycle.ts';
import { createTradingMachine } from '../../../machines/trading.ts';
import { LIFECYCLE } from '../../../src/runtime/lifecycle.ts';
import { ROOT } from '../tidy/source.ts';
import { type GeneratedFile, markdownTable } from './generated.ts';

const PATH = 'docs/machines.md';

/** The page with every generated part made anew. */
export function machinesPage(): GeneratedFile {
  let content = readFileSync(join(ROOT, PATH), 'utf8');
  const machines: readonly AnyStateMachine[] = [
    createDaemonMachine({ suspended: false }),
    createTradingMachine(),
    createHedgeMachine(),
    createLifecycleMachine(LIFECYCLE as never),
  ];
  for (const machine of machines) {
    content = filled(
      content,
      `${machine.id}-diagram`,
      `\`\`\`mermaid\n${mermaidOf(machine)}\`\`\``,
    );
    content = filled(content, `${machine.id}-transitions`, transitionTable(machine));
  }
  return { path: PATH, content };
}

/** Replaces what stands between `<!-- generated:NAME -->` and `<!-- end -->`. */
function filled(page: string, name: string, text: string): string {
  const begin = `<!-- generated:${name} -->\n`;
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf('<!-- end -->', from);
  assert(from >= begin.length && to >= 0, `${PATH} has no place for ${name}`);
  return `${page.slice(0, from)}\n${text}\n\n${page.slice(to)}`;
}

/** One row for each thing that can happen; states that answer it alike share the row. */
function transitionTable(machine: AnyStateMachine): string {
  const rows = new Map<string, { readonly from: string[]; readonly edge: Edge }>();
  for (const edge of chartOf(machine).edges) {
    const { from, to, event, guard, actions } = edge;
    const key = JSON.stringify([to ?? 'stays', event, guard, actions]);
    const row = rows.get(key) ?? { from: [], edge };
    row.from.push(from === '' ? 'any' : shortName(from));
    rows.set(key, row);
  }
  const header = ['From', 'Event', 'When', 'To', 'Does'];
  return markdownTable(
    header,
    [...rows.values()].map(({ from, edge }) => [
      from.join(', '),
      `\`${edge.event}\``,
      edge.guard === null ? '' : `\`${edge.guard}\``,
      edge.to === null ? '–' : shortName(edge.to),
      edge.actions.map((action) => `\`${action}\``).join(', '),
    ]),
  );
}

/** Without the region, which the state's name tells. */
function shortName(path: string): string {
  return path.replace(/^(lifecycle|admission)\./, '');
}
