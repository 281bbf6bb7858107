/** What the daemon hears of where it writes, and of who reads that again. */

import { dated } from '../../src/protocol/dated.ts';
import type { DaemonMessage } from '../../src/protocol/decision.ts';
import type { TapeLoss } from '../../src/protocol/records.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { takeParity } from './parity.ts';
import { alert, type DaemonData } from './state.ts';

type MessageOf<T extends DaemonMessage['type']> = Extract<DaemonMessage, { readonly type: T }>;

const DISK_ALERT = 'disk_space';
const RECORDER_ALERT = 'recorder_failed';

/** Takes what became of a place that the engine writes to; what is degraded follows from it. */
export function takeStorage(
  data: DaemonData,
  message: MessageOf<'sink' | 'disk' | 'recorder' | 'tape.lost' | 'parity' | 'shadows'>,
  turn: Turn,
): void {
  switch (message.type) {
    case 'sink':
      data.sink = message.state;
      return;
    case 'disk':
      takeDisk(data, message, turn);
      return;
    case 'recorder':
      takeRecorder(data, message, turn);
      return;
    case 'tape.lost':
      takeTapeLoss(data, message, turn);
      return;
    case 'parity':
      takeParity(data, message, turn);
      return;
    case 'shadows':
      for (const row of message.rows) turn.fact({ fact: 'shadow', ...dated(turn), row });
      return;
  }
}

/** An alert while room is scarce. The books' gates close when it is gone. */
function takeDisk(data: DaemonData, { state, freeBytes }: MessageOf<'disk'>, turn: Turn): void {
  if (state === data.disk) return;
  data.disk = state;
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB`;
  const room = `${free} are free on the journal's disk`;
  if (state === 'ok') {
    data.alerts.delete(DISK_ALERT);
    alert(data, turn, `${DISK_ALERT} cleared: ${room}`);
    return;
  }
  const effect = state === 'full' ? 'nothing is traded' : 'below 1 GiB nothing is traded';
  const text = `${room}: ${effect}`;
  const since = data.alerts.get(DISK_ALERT)?.since ?? turn.at.wall / 1000;
  data.alerts.set(DISK_ALERT, { id: DISK_ALERT, since, text, values: { free, state } });
  alert(data, turn, `${DISK_ALERT}: ${text}`);
}

/** An alert for as long as nothing is recorded that should be. */
function takeRecorder(
  data: DaemonData,
  { state, reason }: MessageOf<'recorder'>,
  turn: Turn,
): void {
  const isFailed = state === 'failed';
  if (isFailed === data.recorderFailed) return;
  data.recorderFailed = isFailed;
  if (!isFailed) {
    data.alerts.delete(RECORDER_ALERT);
    alert(data, turn, `${RECORDER_ALERT} cleared: quotes are ${RECORDS[state]}`);
    return;
  }
  const text = `quotes are not recorded; hedging goes on: ${reason}`;
  const since = turn.at.wall / 1000;
  data.alerts.set(RECORDER_ALERT, { id: RECORDER_ALERT, since, text, values: { reason } });
  alert(data, turn, `${RECORDER_ALERT}: ${text}`);
}

const RECORDS = { ok: 'recorded again', off: 'not to be recorded any more', failed: '' } as const;

/** Said once a session: each further loss stands in the journal. */
function takeTapeLoss(data: DaemonData, { reason, detail }: TapeLoss, turn: Turn): void {
  if (reason !== 'unwritable' || data.tapeLost) return;
  data.tapeLost = true;
  alert(data, turn, `the tape cannot be written; trading goes on without it: ${detail}`);
}
