/**
 * A changed configuration, as an input like any other: it stands in the journal whole, every book
 * hears its settings in the same turn, and what became of it is written down.
 */

import { dated } from '../../src/protocol/dated.ts';
import { bookId } from '../../src/protocol/decision.ts';
import type { ConfigInput } from '../../src/protocol/decision-config.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { tellRisks } from './account-risk.ts';
import { alert, type DaemonData } from './state.ts';

/** Tells the books, or says why the file was refused. */
export function takeConfig(data: DaemonData, input: ConfigInput, turn: Turn): void {
  if (input.type === 'config.refused') {
    const message = `the changed configuration is refused, the old one stays: ${input.reason}`;
    data.reload = { ...data.reload, refused: { ts: turn.at.wall / 1000, reason: input.reason } };
    const id = 'config_refused';
    const { reason } = input;
    data.alerts.set(id, { id, since: turn.at.wall / 1000, text: reason, values: { reason } });
    note(turn, false, message);
    alert(data, turn, `${id}: ${message}`);
    return;
  }
  const { configSummary, taken, needsRestart } = input;
  const books = data.config.books.map((book) => {
    const { symbol } = book.settings;
    return { ...book, settings: input.books.find((one) => one.symbol === symbol) ?? book.settings };
  });
  data.config = { ...data.config, books, configSummary };
  data.alerts.delete('config_refused');
  data.reload = { appliedAt: turn.at.wall / 1000, needsRestart, refused: null };
  for (const { settings } of books) {
    turn.send(bookId(settings.symbol), { type: 'settings', settings, configSummary });
  }
  // What was far from a limit may be near another.
  tellRisks(data, turn);
  const waits = needsRestart.length === 0 ? '' : `; needs restart: ${needsRestart.join(', ')}`;
  note(turn, true, `${configSummary}: ${taken.join(', ') || 'nothing'} taken${waits}`);
}

function note(turn: Turn, ok: boolean, message: string): void {
  const command = 'reload_config';
  turn.fact({
    fact: 'control',
    ...dated(turn),
    command,
    origin: 'file',
    symbol: null,
    ok,
    message,
  });
}
