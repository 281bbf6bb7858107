/** `docs/database.md`, from the schema that the migrations make. */

import { PARTITIONED } from '../../../src/store/partitions.ts';
import { expectedSchema, type TableDescription } from '../../../src/store/schema.ts';
import { type GeneratedFile, madeFrom, markdownTable } from './generated.ts';

/** What people look for first, then what only the programs use. */
const GROUPS: readonly (readonly [title: string, tables: readonly string[]])[] = [
  ['Now', ['status_current', 'daemon_heartbeat', 'daemon_run_status', 'accounts']],
  ['', ['account_positions', 'instrument_prices', 'settings']],
  ['What was done', ['operations', 'intents', 'orders', 'executions', 'commissions']],
  ['', ['adjustments', 'book_legs', 'latches', 'suspensions', 'control_audit']],
  ['How it went', ['status_history', 'machine_transitions', 'attributions', 'attribution_days']],
  ['', ['quotes', 'shadow_days', 'parity_checks']],
];

/** The page. */
export function databasePage(): GeneratedFile {
  const schema = expectedSchema();
  const grouped = new Set(GROUPS.flatMap(([, tables]) => tables));
  const rest = Object.keys(schema).filter((name) => !grouped.has(name));
  const sections = [...GROUPS, ['Between programs', rest] as const].flatMap(([title, tables]) => [
    ...(title === '' ? [] : [`## ${title}`]),
    ...tables.map((name) => tableText(name, schema[name])),
  ]);
  return { path: 'docs/database.md', content: `${opening()}\n\n${sections.join('\n\n')}\n` };
}

function opening(): string {
  return `# Database

${madeFrom('migrations/, by way of src/store/schema.json')}

Every table with a sentence for each column; the same sentences stand in the database itself
(\`\\d+ TABLE\` in psql). Readers need no more rights than \`select\`. Rows come from the
journal, each exactly once; \`(journal_id, sequence)\` names the record a row comes from.

**Reading.** Tables that tell how things are (\`status_current\`, \`accounts\`, …) hold a row
for each thing, which is replaced. All others only grow. Rows that tell of money
(\`operations\`, \`orders\`, \`executions\`, \`commissions\`, \`adjustments\`) cannot be
changed or deleted at all.

**Months.** ${list(PARTITIONED)} are partitioned by
month of \`ts\`. Three months are there at any time, made ahead by the running daemon; a row
whose month is missing goes to the table's \`_default\` partition and moves when the month is
made; where more than 50,000 rows would move, they stay, so that no reader waits, and the next
month has a partition. \`store.retention_days\` drops whole months of these and deletes what is too
old in \`_default\`, nothing else; of \`attributions\` a year is kept at the least, because
statistics look back that far. Rows that the earlier Python engine wrote have no \`journal_id\` and
are never dropped: a month that holds many of them stays, without ours.

**Two daemons.** With \`ha\` each transaction of rows looks whose the lease is. What a deposed
daemon ships behind its successor joins the history, but a fill that both have booked stands in
\`operations\` once, with the journal of the one that was shipped first, and a row that tells how
things are replaces no newer one.

**Changes.** \`bifrost db migrate\`, and every start, bring an older schema up to date, a database
of the earlier engine included. A start looks whether the schema is as it should be. Columns, tables
and indexes of your own are welcome. A column of ours that is missing or of another type, a key
that is gone, a column of yours that is \`not null\` without a default: these end the start
with status 5, and \`bifrost db status\` lists them. A missing index is a warning.`;
}

function list(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}

function tableText(name: string, table: TableDescription | undefined): string {
  if (table === undefined) throw new Error(`there is no table ${name}`);
  const rows = Object.entries(table.columns).map(([column, { type, nullable, comment }]) => [
    `\`${column}\``,
    nullable ? `${type}, null` : type,
    comment ?? '',
  ]);
  const keys = table.keys.map((key) => `\`(${key})\``);
  const facts = [
    ...(keys.length === 0 ? [] : [`Unique: ${keys.join(', ')}.`]),
    ...(table.triggers.includes('append_only') ? ['Append-only.'] : []),
    ...(table.partitioned === null ? [] : [`Partitioned by ${table.partitioned}.`]),
  ];
  return [
    `### \`${name}\``,
    [table.comment ?? '', ...facts].join(' '),
    markdownTable(['Column', 'Type', 'Meaning'], rows),
  ].join('\n\n');
}
