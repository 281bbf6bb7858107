/** What only an operator can say of a book: that it may go on, and which shares are its own. */

import type { BookView } from '../../../../protocol/views.ts';
import { plain, signed } from '../../format.ts';
import { adoptWish, resumeWish } from '../../state/by-hand.ts';
import { byHandTexts } from '../../text/pages/by-hand.ts';
import { CarefulButton, type Question } from '../careful-button.tsx';
import { Fact } from '../parts.tsx';

export function ManualResume({ book }: { readonly book: BookView }) {
  const t = byHandTexts();
  const { symbol, block_reasons: reasons } = book;
  // Only a loss limit that was reached is left with more to lose.
  const lost = reasons.includes('daily_loss_limit');
  const reason: Question = { name: 'reason', label: t.reason, kind: 'text' };
  const allowance: Question = {
    ...{ name: 'allowance', label: t.allowance, hint: t.allowanceHint, kind: 'number' },
  };
  return (
    <CarefulButton
      wish={(typed) => resumeWish(symbol, typed, lost)}
      questions={lost ? [reason, allowance] : [reason]}
      label={t.resume}
      name={`${t.resume} ${symbol}`}
      says={t.resumeSays}
    />
  );
}

export function Adopt({ symbol }: { readonly symbol: string }) {
  const t = byHandTexts();
  return (
    <CarefulButton
      wish={(typed) => adoptWish(symbol, typed)}
      questions={[{ name: 'shares', label: t.shares, hint: t.sharesHint, kind: 'number' }]}
      label={t.adopt}
      name={`${t.adopt} ${symbol}`}
      says={t.adoptSays}
    />
  );
}

/** Whose the shares of the account are, and the operator's word on it. */
export function Shares({ book }: { readonly book: BookView }) {
  const t = byHandTexts();
  const { symbol, stock_position: owned, foreign_shares: foreign } = book;
  const known = owned !== null && foreign !== null;
  return (
    <section class="section" aria-labelledby="shares-title">
      <div class="section-head">
        <h2 id="shares-title">{t.title}</h2>
        <Adopt symbol={symbol} />
      </div>
      <dl class="risk">
        <Fact
          label={t.account}
          value={known ? signed(owned + foreign) : plain(null)}
          unit={t.unit}
        />
        <Fact label={t.ours} value={signed(owned)} unit={t.unit} />
        <Fact label={t.others} value={signed(foreign)} unit={t.unit} />
      </dl>
      <p class="unit">{t.says}</p>
    </section>
  );
}
