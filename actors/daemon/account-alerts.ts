/** Alerts of the account as a whole: raised once, cleared once. */

import type { AccountReport } from '../../src/protocol/broker.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { alert, type DaemonData } from './state.ts';

/** Excess liquidity as a part of net liquidation: below the first it is raised. */
const CUSHION_MIN = 0.1;
/** Above this it is cleared: a cushion at the edge does not ring at every report. */
const CUSHION_CLEAR = 0.12;

/** Looks at what the broker reports of an account. An account that reports nothing says nothing. */
export function reviewMargin(data: DaemonData, turn: Turn, report: AccountReport): void {
  const cushion = cushionOf(report.values);
  if (cushion === null) return;
  const { account } = report;
  const key = `margin_cushion ${account}`;
  const known = data.alerts.get(key);
  const free = `${(cushion * 100).toFixed(1)} %`;
  const text = `${account} has ${free} of its value free of margin`;
  if (known === undefined && cushion < CUSHION_MIN) {
    const values = { account, free };
    data.alerts.set(key, { id: 'margin_cushion', since: turn.at.wall / 1000, text, values });
    alert(data, turn, `margin_cushion: ${text}`);
  } else if (known !== undefined && cushion >= CUSHION_CLEAR) {
    data.alerts.delete(key);
    alert(data, turn, `margin_cushion cleared: ${text}`);
  }
}

/** The stop is over and an order of ours may still be alive. */
export function raiseLeftLive(data: DaemonData, turn: Turn): void {
  const id = 'order_left_live';
  const text = 'an order could not be proven dead before the stop';
  data.alerts.set(id, { id, since: turn.at.wall / 1000, text, values: {} });
  alert(data, turn, `${id}: ${text}`);
}

function cushionOf(values: AccountReport['values']): number | null {
  const excess = Number(values['ExcessLiquidity']);
  const whole = Number(values['NetLiquidation']);
  if (Number.isFinite(excess) && whole > 0) return excess / whole;
  const told = values['Cushion'];
  return told === undefined || !Number.isFinite(Number(told)) ? null : Number(told);
}
