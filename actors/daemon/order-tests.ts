/**
 * Before the engine is armed it asks of each book's underlying whether orders would be taken at
 * all. A refusal closes the gate `order_test` of that book and is asked about again by and by;
 * silence is said, and stops nothing: an exposure left open is the greater danger.
 */

import type { StockContract } from '../../src/domain/contract.ts';
import type { BrokerReport } from '../../src/protocol/broker.ts';
import { ACTORS, bookId, type OrderTestResult } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { type DaemonData, symbolsOf } from './state.ts';

/** TWS prices an order in well under a second; the sync as a whole has three times this. */
const ANSWER_MS = 5000;
/** TWS may show each refusal of a read-only API to whoever sits before it. */
const RETRY_MS = 60_000;

const TIMERS = { answer: 'order_test', retry: 'order_test.retry' } as const;

/** Whether `orderTestTimer` takes a timer of this name. */
export function isOrderTestTimer(name: string): boolean {
  return name === TIMERS.answer || name === TIMERS.retry;
}

type Tested = Extract<BrokerReport, { readonly type: 'order.tested' }>;

/** Who the underlying is; it can be asked about once the account is known too. */
export function noteUnderlying(data: DaemonData, turn: Turn, contract: StockContract): void {
  data.underlyings.set(contract.symbol, contract);
  askOrderTests(data, turn);
}

/** Asks for every book that can be asked about and has not been on this connection. */
export function askOrderTests(data: DaemonData, turn: Turn): void {
  for (const symbol of symbolsOf(data)) {
    if (!data.orderTests.has(symbol)) ask(data, turn, symbol);
  }
}

/** Asks again where orders were refused, or nobody answered; whether there was such a book. */
export function repeatOrderTests(data: DaemonData, turn: Turn): boolean {
  const open = symbolsOf(data).filter((symbol) => {
    const test = data.orderTests.get(symbol);
    return test?.outcome === 'refused' || test?.outcome === 'unanswered';
  });
  for (const symbol of open) ask(data, turn, symbol);
  return open.length > 0;
}

function ask(data: DaemonData, turn: Turn, symbol: string): void {
  const contract = data.underlyings.get(symbol);
  const account = data.accountOf.get(symbol) ?? '';
  if (!data.readDone || data.terms.get(symbol) !== 'found') return;
  if (contract === undefined || account === '') return;
  data.readCount += 1;
  const testId = `${symbol}#${data.readCount}`;
  const outcome = data.orderTests.get(symbol)?.outcome ?? 'asked';
  data.orderTests.set(symbol, { testId, outcome, waiting: true });
  turn.send(ACTORS.broker, { type: 'order.test', testId, account, contract });
  turn.startTimer(TIMERS.answer, turn.at.mono + ANSWER_MS, 'mono');
}

/** What the broker says to one of them. */
export function takeOrderTested(
  data: DaemonData,
  turn: Turn,
  { type: _, testId, ...result }: Tested,
): void {
  const asked = [...data.orderTests].find(([, test]) => test.testId === testId);
  if (asked !== undefined) conclude(data, turn, asked[0], result);
}

/** Time is over for those who have not answered, or it is time to ask again. */
export function orderTestTimer(data: DaemonData, turn: Turn, name: string): void {
  if (name === TIMERS.retry) {
    if (data.snapshot.matches({ lifecycle: 'operating' })) repeatOrderTests(data, turn);
    return;
  }
  for (const [symbol, { waiting }] of data.orderTests) {
    if (!waiting) continue;
    conclude(data, turn, symbol, { outcome: 'unanswered', code: 0, message: '' });
  }
}

function conclude(data: DaemonData, turn: Turn, symbol: string, result: OrderTestResult): void {
  const testId = data.orderTests.get(symbol)?.testId ?? '';
  data.orderTests.set(symbol, { testId, outcome: result.outcome, waiting: false });
  turn.send(bookId(symbol), { type: 'order.tested', result });
  if (result.outcome === 'taken') return;
  turn.startTimer(TIMERS.retry, turn.at.mono + RETRY_MS, 'mono');
}

/** Another connection is another session of TWS: what was answered before is not of it. */
export function forgetOrderTests(data: DaemonData): void {
  data.orderTests.clear();
}

/** Whether every book that can be asked about has been, and no answer is awaited. */
export function orderTestsDone({ orderTests, terms }: DaemonData): boolean {
  return [...terms].every(
    ([symbol, known]) => known === 'failed' || orderTests.get(symbol)?.waiting === false,
  );
}
