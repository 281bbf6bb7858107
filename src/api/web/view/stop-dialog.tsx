/** Asks once before the daemon is stopped, and shows what then stays unhedged. */

import type { RefObject } from 'preact';
import { signed } from '../format.ts';
import { command } from '../state/commands.ts';
import { status } from '../state/live.ts';
import { texts } from '../text/language.ts';

export function StopDialog({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  const t = texts();
  const books = status.value?.value.books ?? [];
  const close = () => dialog.current?.close();
  const stop = () => {
    close();
    void command({ name: 'stop', input: {} });
  };
  return (
    <dialog ref={dialog} aria-labelledby="stop-title">
      <h2 id="stop-title">{t.stopDialog.title}</h2>
      <p>{t.stopDialog.does}</p>
      <ul>
        <li>{t.stopDialog.orders}</li>
        <li>{t.stopDialog.save}</li>
      </ul>
      <p>{t.stopDialog.keeps}</p>
      <ul class="exposures">
        {books.length === 0 && <li>{t.stopDialog.noBooks}</li>}
        {books.map(({ symbol, net_delta, stock_position }) => (
          <li key={symbol}>
            {t.stopDialog.exposure(symbol, signed(net_delta, 1), signed(stock_position))}
          </li>
        ))}
      </ul>
      <div class="dialog-end">
        <button type="button" autofocus onClick={close}>
          {t.stopDialog.cancel}
        </button>
        <button type="button" class="danger" onClick={stop}>
          {t.stopDialog.confirm}
        </button>
      </div>
    </dialog>
  );
}
