/** `docs/gates.md`, from the one table of gates. */

import { GATES, type GateGroup, type GatePurpose } from '../../../src/domain/gates.ts';
import { type GeneratedFile, madeFrom, markdownTable } from './generated.ts';

const GROUPS: Readonly<Record<GateGroup, string>> = {
  admission: 'May the engine trade at all?',
  strategy: 'Does the strategy want to hedge now?',
  state: 'Do book, market and data allow it?',
  intent: 'Is it worth its cost?',
  guard: 'Limits that nothing above may pass.',
};

const PURPOSES: Readonly<Record<GatePurpose, string>> = {
  hedge: 'the threshold is passed',
  forced: 'net delta is past `max_delta_limit`',
  hedge_now: 'asked by hand, or before the night',
  flatten: 'our shares go back to 0',
};

/** The page. */
export function gatesPage(): GeneratedFile {
  const groups = Object.entries(GROUPS).map(([group, question]) => {
    const rows = GATES.filter((gate) => gate.group === group).map((gate) => [
      `\`${gate.id}\``,
      gate.action === 'clips' ? `${gate.meaning} (makes it smaller)` : gate.meaning,
      gate.setting === null ? '–' : `\`${gate.setting}\``,
      gate.unit === '' ? '–' : gate.unit,
      purposes(gate.appliesTo),
    ]);
    const header = ['Gate', 'A trade waits, since', 'Key below `gates`', 'Unit', 'Asked of'];
    return `## \`${group}\`: ${question}\n\n${markdownTable(header, rows)}\n`;
  });
  const kinds = Object.entries(PURPOSES).map(([name, meaning]) => [`\`${name}\``, meaning]);
  const content = `# Gates

${madeFrom('src/domain/gates.ts')}

Between a need and an order stand these gates, asked in this order. One that is closed holds the
trade, and \`bifrost explain SYMBOL\` shows each with its value, its limit, and when time alone
opens it. Ids are public: rows, counts of block reasons and metrics carry them.

${markdownTable(['A trade is', 'when'], kinds)}

${groups.join('\n')}
[Contributing](contributing.md#a-gate) says how to add one.
`;
  return { path: 'docs/gates.md', content };
}

function purposes(applies: readonly GatePurpose[]): string {
  const all = Object.keys(PURPOSES);
  return applies.length === all.length ? 'all' : applies.map((name) => `\`${name}\``).join(', ');
}
