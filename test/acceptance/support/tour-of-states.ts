/** The states of R-M2, one after the other: running, suspended, stale data, IB down, dead. */

import type { StatusView } from '../../../src/protocol/views.ts';
import type { Desk } from './desk.ts';

export interface Sight {
  readonly what: string;
  readonly self_check: StatusView['self_check'];
  readonly block_reasons: readonly string[];
  readonly status_lamp: StatusView['status_lamp'];
}

/** Leads a desk through them, and sees each as the monitor shows it: the dead show nothing. */
export async function tourOfStates(desk: Desk): Promise<readonly Sight[]> {
  const sights: Sight[] = [];
  const see = async (what: string, fits: (now: StatusView) => boolean) => {
    const { self_check, block_reasons, status_lamp } = await desk.monitor.until(what, fits);
    sights.push({ what, self_check, block_reasons, status_lamp });
  };
  const gives = (reason: string) => (now: StatusView) => now.block_reasons.includes(reason);
  const { exchange } = desk.gateway;
  await desk.calm();
  await see('running', (now) => now.self_check === 'ok' && now.status_lamp === 'green');
  await desk.daemon().post('/control/suspend');
  await see('suspended', gives('suspended'));
  await desk.daemon().post('/control/resume');
  await exchange.fault('half_open');
  await see('stale data', gives('data_stale'));
  await exchange.fault('half_open', { on: false });
  await desk.calm();
  await exchange.fault('refuse_connect');
  await exchange.fault('disconnect');
  await see('IB down', (now) => gives('waiting_ib')(now) && now.self_check !== 'ok');
  await exchange.fault('refuse_connect', { on: false });
  await desk.calm();
  await desk.daemon().stop('SIGKILL');
  await see('daemon dead', gives('daemon_dead'));
  await desk.calm();
  return sights;
}
