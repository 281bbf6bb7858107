/**
 * The truth check: what the exchange knows of our orders, executions, positions and cash, and what
 * the database says of them, must be the same. Both are brought to the same shape and compared.
 */

import assert from 'node:assert/strict';

import type { ExchangeLedger } from '../../../src/gateway/sim/views.ts';
import { withClient } from '../../../src/store/pool.ts';
import { waitFor } from '../../../src/store/wait.ts';
import type { ExchangeAdmin } from '../../support/exchange.ts';
import { mono } from '../../support/program.ts';

interface Truth {
  /** Order reference, side, quantity, how much of it filled. */
  readonly orders: readonly string[];
  readonly executions: readonly string[];
  /** Operations of type `fill`, as the operator sees them. */
  readonly fills: readonly string[];
  readonly positions: readonly string[];
  readonly cash: readonly string[];
  /** Shares that are ours: of our orders, of the book's options, and adopted. */
  readonly ownedShares: number;
}

export interface TruthOptions {
  readonly exchange: ExchangeAdmin;
  readonly databaseUrl: string;
  /** First part of the order references that are ours. */
  readonly deployment: string;
  /** Shares that the operator made ours. */
  readonly adopted?: number;
}

/** Rows reach the database a moment after the fact; until then it is asked again. */
const AGREE_MS = 10_000;

/** Throws where exchange and database still differ when the rows have had their time. */
export async function assertTruth(options: TruthOptions): Promise<ExchangeLedger> {
  let ledger = await options.exchange.ledger();
  let [ours, theirs] = [await databaseTruth(options), exchangeTruth(ledger, options)];
  await waitFor(
    mono,
    AGREE_MS,
    async () => {
      if (JSON.stringify(ours) === JSON.stringify(theirs)) return true;
      ledger = await options.exchange.ledger();
      ours = await databaseTruth(options);
      theirs = exchangeTruth(ledger, options);
      return null;
    },
    100,
  );
  assert.deepEqual(ours, theirs);
  await assertNothingTwice(ledger, options);
  return ledger;
}

/** Every order of ours is there once, was intended once and sent, and no row came twice. */
async function assertNothingTwice(ledger: ExchangeLedger, options: TruthOptions): Promise<void> {
  const { databaseUrl, deployment } = options;
  const refs = ledger.orders
    .map((order) => order.order_ref)
    .filter((ref) => isOurs(ref, deployment));
  assert.equal(new Set(refs).size, refs.length, 'an order reference was used twice');
  await withClient(databaseUrl, 'test', async (client) => {
    const { rows: told } = await client.query<{ order_ref: string }>(
      `select order_ref from operations where order_ref = any($1) group by order_ref
       having count(*) filter (where type = 'hedge_intent') = 1
          and count(*) filter (where type = 'order_sent') >= 1`,
      [refs],
    );
    assert.deepEqual(told.map((row) => row.order_ref).sort(), refs.sort());
    const { rows: twice } = await client.query(
      `select journal_id, sequence, type, state_reason from operations
       group by journal_id, sequence, type, state_reason, order_ref, exec_id having count(*) > 1`,
    );
    assert.deepEqual(twice, []);
  });
}

function exchangeTruth(ledger: ExchangeLedger, options: TruthOptions): Truth {
  const { deployment, adopted = 0 } = options;
  const orders = ledger.orders.filter((order) => isOurs(order.order_ref, deployment));
  const executions = latest(ledger.executions.filter((one) => isOurs(one.order_ref, deployment)));
  return {
    orders: orders
      .map((one) => line(one.order_ref, one.perm_id, one.side, one.quantity, one.filled))
      .sort(),
    executions: executions
      .map((one) => {
        const { exec_id, order_ref, perm_id, account, side, quantity, price, commission } = one;
        return line(exec_id, order_ref, perm_id, account, side, quantity, price, commission);
      })
      .sort(),
    fills: executions
      .map((one) => line(one.exec_id, one.order_ref, one.side, one.quantity, one.price))
      .sort(),
    positions: ledger.positions
      .map((one) => line(one.account, one.contract_key, one.position))
      .sort(),
    cash: Object.entries(ledger.cash).map(([account, cash]) => line(account, cents(cash))),
    ownedShares: sum([
      ...executions.map(({ side, quantity }) => (side === 'BUY' ? quantity : -quantity)),
      // In these worlds every option belongs to the book.
      ...ledger.option_events.map(({ shares }) => shares),
      adopted,
    ]),
  };
}

interface Row {
  readonly [column: string]: unknown;
}

async function databaseTruth({ databaseUrl, deployment }: TruthOptions): Promise<Truth> {
  return withClient(databaseUrl, 'test', async (client) => {
    const rows = async (text: string, values: unknown[] = []): Promise<Row[]> =>
      (await client.query<Row>(text, values)).rows;
    const ours = [`${deployment}:%`];
    const orders = await rows(
      `select distinct on (order_ref) order_ref, perm_id, side, quantity, filled from orders
       where order_ref like $1 and perm_id is not null order by order_ref, id desc`,
      ours,
    );
    const executions = await rows(
      `select exec_id, order_ref, perm_id, account, side, quantity, price, commission
       from executions left join (select exec_id, commission from commissions) c using (exec_id)
       where order_ref like $1`,
      ours,
    );
    const fills = await rows(
      `select exec_id, order_ref, side, quantity, price from operations
       where type = 'fill' and order_ref like $1`,
      ours,
    );
    const [executed, filled] = [latest(executions), latest(fills)];
    const positions = await rows(
      'select account_id, contract_key, position from account_positions where position <> 0',
    );
    const cash = await rows('select account_id, total_cash from accounts order by account_id');
    const [status] = await rows('select stock_position from status_current where id = 1');
    return {
      orders: lines(orders, ['order_ref', 'perm_id', 'side', 'quantity', 'filled']),
      executions: lines(executed, [
        ...['exec_id', 'order_ref', 'perm_id', 'account', 'side', 'quantity', 'price'],
        'commission',
      ]),
      fills: lines(filled, ['exec_id', 'order_ref', 'side', 'quantity', 'price']),
      positions: lines(positions, ['account_id', 'contract_key', 'position']),
      cash: cash.map((row) => line(row['account_id'], cents(Number(row['total_cash'])))),
      ownedShares: Number(status?.['stock_position'] ?? Number.NaN),
    };
  });
}

/** A correction has another number behind the last dot, and takes the place of what it corrects. */
function latest<R extends { readonly exec_id?: unknown }>(rows: readonly R[]): readonly R[] {
  const byBase = new Map<string, R>();
  for (const row of rows) {
    const id = String(row.exec_id);
    const base = id.slice(0, id.lastIndexOf('.'));
    const known = byBase.get(base);
    if (known === undefined || String(known.exec_id) < id) byBase.set(base, row);
  }
  return [...byBase.values()];
}

function isOurs(orderRef: string, deployment: string): boolean {
  return orderRef.startsWith(`${deployment}:`);
}

function lines(rows: readonly Row[], columns: readonly string[]): string[] {
  return rows.map((row) => line(...columns.map((column) => row[column]))).sort();
}

function line(...cells: readonly unknown[]): string {
  return cells.map(String).join(' ');
}

/** As the broker's account summary rounds it. */
function cents(amount: number): string {
  return (Math.round(amount * 100) / 100).toFixed(2);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
