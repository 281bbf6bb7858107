/** What the daemon hears of the nightly replay of its own journal. */

import { dated } from '../../src/protocol/dated.ts';
import type { DaemonMessage } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { alert, type DaemonData } from './state.ts';

const PARITY_ALERT = 'replay_differs';

/**
 * An alert until a later replay is identical again: what was decided depended on something that is
 * not in the journal, or the program is another. `known` was told before a restart, and is no news.
 */
export function takeParity(
  data: DaemonData,
  { check, known }: Extract<DaemonMessage, { readonly type: 'parity' }>,
  turn: Turn,
): void {
  data.parity = check;
  if (!known) turn.fact({ fact: 'parity', ...dated(turn), check });
  const held = data.alerts.has(PARITY_ALERT);
  if (check.state === 'identical') {
    data.alerts.delete(PARITY_ALERT);
    if (held) alert(data, turn, `${PARITY_ALERT} cleared: the journal replays to what it says`);
    return;
  }
  const what = check.state === 'differs' ? 'the journal is not decided again as it says' : 'failed';
  const text = `the nightly replay: ${what}: ${check.reason}`;
  const values = { state: check.state, reason: check.reason };
  const since = data.alerts.get(PARITY_ALERT)?.since ?? check.checked_at;
  data.alerts.set(PARITY_ALERT, { id: PARITY_ALERT, since, text, values });
  if (!held) alert(data, turn, `${PARITY_ALERT}: ${text}`);
}
