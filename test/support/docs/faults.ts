/** `docs/faults.md`: what the simulated gateway can be made to do wrong, with every parameter. */

import { z } from 'zod';
import { FAULT_TYPES, faultSchema } from '../../../src/gateway/sim/fault-schema.ts';
import { type GeneratedFile, madeFrom, markdownTable } from './generated.ts';

interface Parameter {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
}

interface FaultNode {
  readonly properties: Readonly<Record<string, Parameter>>;
  readonly required?: readonly string[];
}

/** What happens, in words; a test asks that each fault has one. */
const MEANINGS: Readonly<Record<string, string>> = {
  disconnect: "every client's socket is closed",
  half_open: 'sockets stay open, nothing is read or written',
  refuse_connect: 'new connections are closed',
  client_id_in_use: 'a client that logs in is told 326',
  read_only: 'the API is read-only: orders, cancels and lists of orders are refused, 321',
  slow_consumer: 'writes to clients are slow',
  daily_restart: 'connections end, and are refused for a while',
  pacing: 'clients are told that they send too much, 100',
  line_error: 'market-data lines are refused or degraded with a code',
  next_id_rollback: 'the next valid order id is one that was used',
  slow_ack: 'an order is acknowledged late',
  no_ack: 'an order is taken, and nothing is said about it',
  drop_order: 'an order is lost, and nothing is said about it',
  reject: 'an order is turned down',
  locate: 'a short sale is held while shares are located, 404',
  order_message: 'a message about an order that lives',
  partial_fills: 'orders fill in small parts',
  late_fill_after_cancel: 'an order fills after its cancel was confirmed',
  duplicate_status: 'a status is told several times',
  reorder_status: 'a status comes after later ones',
  duplicate_execution: 'an execution is told twice',
  execution_correction: 'an execution is corrected afterwards',
  late_commission: 'the commission of a fill comes late',
  missing_commission: 'the commission of a fill never comes',
  stale_quotes: 'quotes stand still, and nothing says so',
  crossed_quotes: 'the bid is above the ask',
  wide_spread: 'spreads are wide',
  nan_greeks: 'model computations come without greeks',
  no_prices: 'prices are −1, none',
  zero_bid: 'the bid is 0',
  halt: 'trading is halted, tick 49',
  gap: 'the price jumps',
  dividend: 'a stock pays a dividend: cash to holders, the price falls by it',
  split: 'a stock is split, or joined: positions, options and prices follow, orders end',
  adjust_options: 'the options of a stock get other terms, as after a merger; orders end',
  exercise: 'an option is exercised, or assigned',
  manual_trade: 'somebody trades in the account by hand',
};

const CODE = /^code_\d+$/;

export function faultsPage(): GeneratedFile {
  const rows = nodes().map((node) => {
    const types = typesOf(node);
    const names = types.map((type) => `\`${type}\``).join(' ');
    return [names, meaningOf(types[0] ?? ''), parametersOf(node)];
  });
  const content = `# Faults

${madeFrom('src/gateway/sim/fault-schema.ts')}

What the simulated gateway can be made to do wrong. By hand, on [the admin port](gateway.md):

\`\`\`sh
curl -s 127.0.0.1:7498/faults -d '{"type":"slow_ack","delay_ms":8000,"count":2}'
curl -s 127.0.0.1:7498/faults -d '{"type":"stale_quotes","symbol":"NVDA","for_s":60}'
curl -s 127.0.0.1:7498/faults -d '{"type":"stale_quotes","on":false}'
\`\`\`

Or as a scenario's timeline, \`at\` a time of its first day in New York or \`after_s\` exchange
seconds from its start:

\`\`\`yaml
faults:
  - { at: "10:05", type: code_1100 }
  - { after_s: 420, type: reject, count: 3 }
\`\`\`

${markdownTable(['Fault', 'What happens', 'Parameters'], rows)}
`;
  return { path: 'docs/faults.md', content };
}

/** Faults that the page does not explain. */
export function unexplainedFaults(): readonly string[] {
  return FAULT_TYPES.filter((type) => meaningOf(type) === '');
}

function meaningOf(type: string): string {
  if (CODE.test(type)) return 'TWS says this [code](broker-codes.md)';
  return MEANINGS[type] ?? '';
}

function nodes(): readonly FaultNode[] {
  const schema = z.toJSONSchema(faultSchema, { io: 'input' });
  // A discriminated union of objects, which the schema's own type says.
  return (schema.oneOf ?? schema.anyOf ?? []) as unknown as readonly FaultNode[];
}

function typesOf({ properties }: FaultNode): readonly string[] {
  const type = properties['type'];
  return (type?.enum ?? [type?.const]).map(String);
}

function parametersOf({ properties, required = [] }: FaultNode): string {
  return Object.entries(properties)
    .filter(([name]) => name !== 'type')
    .map(([name, parameter]) => {
      const preset = parameter.default === undefined ? '' : ` = ${String(parameter.default)}`;
      const need = required.includes(name) ? ', required' : '';
      const about = parameter.description === undefined ? '' : `: ${parameter.description}`;
      return `\`${name}\`${preset}${need}${about}`;
    })
    .join('<br>');
}
