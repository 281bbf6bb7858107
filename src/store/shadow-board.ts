/** The board of the shadows: sums of their days, of the book itself among them. */

import type { ShadowReads } from '../protocol/ports.ts';
import type { ShadowRowView } from '../protocol/shadow-view.ts';
import { databaseFault } from './database-error.ts';
import type { Pool } from './pool.ts';
import { addDays } from './statistics-summary.ts';

/** Means are weighed by evaluations: a session of a minute counts as a minute. */
const BOARD = `
  select symbol, account, shadow, count(distinct day)::int as days, max(until_ts) as until_ts,
    sum(evaluations)::int as evaluations,
    sqrt(sum(error_square * evaluations) / sum(evaluations)) as hedge_error,
    sum(error_mean * evaluations) / sum(evaluations) as error_mean,
    max(error_most) as error_most, sum(hedges)::int as hedges, sum(orders)::int as orders,
    sum(shares)::int as shares,
    (array_agg(owned order by until_ts desc))[1] as owned,
    (array_agg(net_delta order by until_ts desc))[1] as net_delta,
    (array_agg(trading_state order by until_ts desc))[1] as trading_state,
    sum(delta) as delta, sum(gamma) as gamma, sum(theta) as theta, sum(vega) as vega,
    sum(vanna_volga) as vanna_volga, sum(rho) as rho, sum(dividend) as dividend,
    sum(financing) as financing, sum(commission) as commission, sum(slippage) as slippage,
    sum(option_spread) as option_spread, sum(exercise) as exercise,
    sum(unexplained) as unexplained, sum(total) as total
  from shadow_days
  where day >= $1 and evaluations > 0
  group by symbol, account, shadow
  order by symbol, account, hedge_error, shadow`;

type Split = ShadowRowView['attribution'];
type BoardRow = Omit<ShadowRowView, 'attribution' | 'cost'> & Split;

/** Throws `Fault('database_unreachable')`. */
export function createShadowBoard(pool: Pool): ShadowReads {
  return {
    async shadows(days) {
      try {
        const newest = await pool.query<{ day: string | null }>(
          'select max(day) as day from shadow_days',
        );
        const until = newest.rows[0]?.day ?? null;
        if (until === null) return { from_day: null, until_day: null, rows: [] };
        const from = addDays(until, 1 - days);
        const { rows } = await pool.query<BoardRow>(BOARD, [from]);
        return { from_day: from, until_day: until, rows: rows.map(viewOf) };
      } catch (error) {
        throw databaseFault(error, pool.options.connectionString ?? '');
      }
    },
  };
}

function viewOf(row: BoardRow): ShadowRowView {
  const { delta, gamma, theta, vega, vanna_volga, rho, dividend, financing, ...others } = row;
  const { commission, slippage, option_spread, exercise, unexplained, total, ...rest } = others;
  const market = { delta, gamma, theta, vega, vanna_volga, rho, dividend, financing };
  const costs = { commission, slippage, option_spread, exercise, unexplained, total };
  // A cost of zero is 0 and not −0.
  return { ...rest, cost: 0 - commission - slippage, attribution: { ...market, ...costs } };
}
