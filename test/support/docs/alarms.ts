/** `docs/alarms.md`: what alarms, causes and refusals say, word for word, from where it is said. */

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BOOK_ALERTS } from '../../../src/domain/alert-names.ts';
import { LATCHED_CAUSES, SELF_CLEARING_CAUSES } from '../../../src/domain/causes.ts';
import { TICKET_FAULTS } from '../../../src/domain/gates.ts';
import { CAUSE_TEXT } from '../../../src/domain/why.ts';
import { ROOT } from '../tidy/source.ts';
import { type GeneratedFile, madeFrom, markdownTable } from './generated.ts';

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Names under which the daemon's actors keep an alert that holds. */
export function daemonAlerts(): readonly string[] {
  const name = /(?:const id = |_ALERT = |raise\(data, turn, |\{ id: )'([a-z_]+)'/g;
  const files = globSync(['actors/daemon.ts', 'actors/daemon/*.ts'], { cwd: ROOT });
  const ids = files.flatMap((path) => [...textOf(path).matchAll(name)].map(([, id = '']) => id));
  return [...new Set(ids)].sort();
}

/** What is said once, and has no name: `${…}` is what changes. */
export function namelessAlerts(): readonly string[] {
  const files = globSync('actors/**/*.ts', { cwd: ROOT }).sort();
  return files.flatMap((path) =>
    [...textOf(path).matchAll(/\balert\(\s*(?:\w+, turn|turn),\s*[`'](\w[^`']*?)[`']/g)]
      .map(([, text = '']) => text)
      .filter((text) => !/^(\$|[a-z_]+( cleared)?: \$)/.test(text)),
  );
}

export function alarmsPage(): GeneratedFile {
  const content = `# What alarms say

${madeFrom('src/domain and actors')}

The words of each alarm, and of what stops a book or an order. What to do is in the
[run-book](run-book.md), which has each of them under its name.

## Of a book

A row of type \`alert\` reads \`NAME: WORDS: DETAILS\`, and \`NAME cleared\` when it is over.

${table(['Name', 'Words'], Object.entries(BOOK_ALERTS))}

## Of the engine

Rows read \`NAME: DETAILS\`: the details are all that they say.

${daemonAlerts()
  .map((id) => `- [\`${id}\`](run-book.md#${id})`)
  .join('\n')}

## Without a name

Said once, when it happens; \`…\` is what differs.

${namelessAlerts()
  .map((text) => `- \`${text.replaceAll(/\$\{[^}]+\}/g, '…')}\``)
  .join('\n')}

## Causes of SAFE

\`bifrost explain SYMBOL\` reads \`does not hedge: NAME, WORDS\`.

${table(
  ['Name', 'Words', 'Ends'],
  [...SELF_CLEARING_CAUSES, ...LATCHED_CAUSES].map((cause) => [
    cause,
    CAUSE_TEXT[cause],
    (LATCHED_CAUSES as readonly string[]).includes(cause) ? 'by `manual-resume`' : 'by itself',
  ]),
)}

## Orders that the last check denies

${table(['Name', 'Words'], Object.entries(TICKET_FAULTS))}
`;
  return { path: 'docs/alarms.md', content };
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable(
    header,
    rows.map(([name, ...cells]) => [`\`${name}\``, ...cells]),
  );
}
