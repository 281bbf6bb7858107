/** Whose money this is: a band over everything, in words and in pattern, not in colour alone. */

import { newYorkTime } from '../format.ts';
import { status } from '../state/live.ts';
import { texts } from '../text/language.ts';

export function ModeBand() {
  const t = texts();
  const view = status.value?.value;
  if (view === undefined) return <div class="mode" />;
  const { word, says } = t.mode[view.mode];
  const accounts = view.accounts.map((account) => account.account_id).join(', ');
  return (
    <section class={`mode mode-${view.mode}`} aria-label={t.mode.label} data-testid="mode">
      <strong>{word}</strong>
      <span>{says}</span>
      <span class="mode-account">
        <span class="wide">{t.account.title} </span>
        {accounts}
      </span>
      {view.trading_ts !== null && (
        <span class="mode-time">
          <span class="wide">{t.mode.tradingTime} </span>
          <span class="number">{newYorkTime(view.trading_ts)}</span> {t.mode.newYork}
        </span>
      )}
    </section>
  );
}
