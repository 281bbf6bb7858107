/** `docs/broker-codes.md`: what TWS may answer, what the engine does, and what is left to do. */

import { BROKER_CODES } from '../../../src/gateway/ib/codes.ts';
import { type GeneratedFile, madeFrom, markdownTable } from './generated.ts';

const KINDS: readonly (readonly [kind: string, meaning: string])[] = [
  ['connection', 'about the connection to TWS, or of TWS to Interactive Brokers'],
  ['farm', 'about the health of a data farm'],
  ['market_data', 'a market-data line does not get what it asked for'],
  ['order_reject', 'a definite refusal of the order'],
  ['order_cancelled', 'what was left of the order is cancelled'],
  ['order_message', 'about an order that lives; no refusal'],
  ['unknown_state', 'the order may live or not: the broker is asked before anything else is done'],
  ['program', 'our request was wrong; on an order a definite refusal, and a fault of ours'],
  ['pacing', 'we, or another client of this TWS, send too much'],
  ['info', 'worth a line in the log'],
];

export function brokerCodesPage(): GeneratedFile {
  const rows = [...BROKER_CODES]
    .sort((a, b) => a.code - b.code)
    .map(({ code, meaning, kind, reaction, operator }) => {
      return [String(code), meaning, `\`${kind}\``, reaction, operator ?? '–'];
    });
  const header = ['Code', 'Meaning', 'Kind', 'What the engine does', 'What you can do'];
  const content = `# Codes of TWS

${madeFrom('src/gateway/ib/codes.ts')}

TWS and IB Gateway answer with numbers. This is every one that the engine acts on. An unknown code
on an order never counts as a refusal: the order is then of unknown state, and the broker is asked.

${markdownTable(
  ['Kind', 'Meaning'],
  KINDS.map(([kind, meaning]) => [`\`${kind}\``, meaning]),
)}

${markdownTable(header, rows)}
`;
  return { path: 'docs/broker-codes.md', content };
}

/** The kinds that the page explains. */
export function explainedKinds(): readonly string[] {
  return KINDS.map(([kind]) => kind);
}
