/**
 * What of the broker's reports which book hears. A book takes what is of its underlying, so it is
 * given nothing else: a turn looks at every book that it touches and writes down what that saw
 * last, and of a hundred books one is hedged at a time.
 */

import { splitExecId } from '../../src/domain/ledger.ts';
import type { BrokerRead, BrokerReport } from '../../src/protocol/broker.ts';
import { bookId } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { type DaemonData, symbolsOf } from './state.ts';

/** Executions whose commission may still come: it follows within seconds. */
const EXECUTIONS_MAX = 1000;

/** Hands a report to the books that it may concern: to all where that is not known. */
export function toBooks(data: DaemonData, turn: Turn, report: BrokerReport): void {
  const of = symbolOf(data, report);
  const known = symbolsOf(data);
  const concerned = of !== null && known.includes(of) ? [of] : known;
  for (const symbol of concerned) turn.send(bookId(symbol), { type: 'broker', report });
}

/** Hands each book its part of a read. */
export function readToBooks(data: DaemonData, turn: Turn, readId: string, read: BrokerRead): void {
  const known = symbolsOf(data);
  const partOf = shareRead(read, known);
  for (const symbol of known) {
    const report = { type: 'read.done', readId, read: partOf(symbol) } as const;
    turn.send(bookId(symbol), { type: 'broker', report });
  }
}

/** A read's id begins with the id of the book that asked. */
export function toBook(data: DaemonData, turn: Turn, readId: string, report: BrokerReport): void {
  const symbol = symbolsOf(data).find((one) => readId.startsWith(`${bookId(one)}#`));
  if (symbol !== undefined) turn.send(bookId(symbol), { type: 'broker', report });
}

function symbolOf(data: DaemonData, report: BrokerReport): string | null {
  switch (report.type) {
    case 'order.report':
      return report.order.contract.symbol;
    case 'position':
      return report.position.contract.symbol;
    case 'contract.terms':
      return report.terms.contract.symbol;
    case 'execution': {
      const { execBase, contract } = report.execution;
      noteExecution(data, execBase, contract.symbol);
      return contract.symbol;
    }
    case 'commission':
      return data.executions.get(splitExecId(report.commission.execId).execBase) ?? null;
    default:
      return null;
  }
}

/** Whose execution it is: its commission names no contract. */
function noteExecution({ executions }: DaemonData, execBase: string, symbol: string): void {
  executions.set(execBase, symbol);
  if (executions.size <= EXECUTIONS_MAX) return;
  for (const oldest of executions.keys()) {
    executions.delete(oldest);
    break;
  }
}

type Part = Pick<BrokerRead, 'executions' | 'commissions' | 'positions'>;

/**
 * A read by the books it concerns: each of `known` has the executions, commissions and positions of
 * its underlying. What is of another symbol all have, as single reports: it may be a contract of a
 * book under a new name. Orders all have, few as they are: a book knows its own by their reference.
 */
export function shareRead(
  read: BrokerRead,
  known: readonly string[],
): (symbol: string) => BrokerRead {
  const books = new Set(known);
  const symbols = new Map(read.executions.map((one) => [one.execBase, one.contract.symbol]));
  const share = <T>(all: readonly T[], ofWhom: (one: T) => string | undefined) => {
    const shares = Map.groupBy(all, (one) => {
      const symbol = ofWhom(one);
      return symbol !== undefined && books.has(symbol) ? symbol : null;
    });
    const anybodys = shares.get(null) ?? [];
    return (symbol: string): readonly T[] => [...(shares.get(symbol) ?? []), ...anybodys];
  };
  const executions = share(read.executions, ({ contract }) => contract.symbol);
  const positions = share(read.positions, ({ contract }) => contract.symbol);
  const commissions = share(read.commissions, ({ execId }) =>
    symbols.get(splitExecId(execId).execBase),
  );
  return (symbol) => {
    const part: Part = {
      executions: executions(symbol),
      commissions: commissions(symbol),
      positions: positions(symbol),
    };
    return { ...read, ...part };
  };
}
