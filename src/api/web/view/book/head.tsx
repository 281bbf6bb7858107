/** What a book is called, what it costs now, what it made, and what can be told to it. */

import { LATCHED_CAUSES } from '../../../../domain/causes.ts';
import type { BookView, StatusView } from '../../../../protocol/views.ts';
import { plain, signed, toneOf } from '../../format.ts';
import { addressOf } from '../../state/address.ts';
import { command } from '../../state/commands.ts';
import { type Reading, status } from '../../state/live.ts';
import { signedIn } from '../../state/session.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { STATE_WORDS } from '../../text/words.ts';
import { CarefulButton } from '../careful-button.tsx';
import { Age, Fact } from '../parts.tsx';
import { Adopt, ManualResume } from './by-hand.tsx';

interface BookProps {
  readonly book: BookView;
  readonly reading: Reading<StatusView>;
}

/** The id under which a book's section is found. */
export function bookSectionId(symbol: string): string {
  return `book-${symbol.replaceAll(/[^A-Z0-9]/g, '-')}`;
}

export function BookHead({ book, reading }: BookProps) {
  const { symbol } = book;
  return (
    <>
      <div class="book-head">
        <h2 id={`${bookSectionId(symbol)}-title`}>
          <a class="inner" href={addressOf('book', [symbol])}>
            {symbol}
          </a>
        </h2>
        <Price book={book} />
        <Result book={book} />
        <BookControls book={book} allSuspended={reading.value.trading_suspended} />
      </div>
      <BookStates book={book} at={evaluatedAt(book, reading)} />
    </>
  );
}

/** When the evaluation shown was made, by this browser's clock. */
function evaluatedAt(book: BookView, reading: Reading<StatusView>): number {
  const { trading_ts: tradingNow } = reading.value;
  const behind = tradingNow === null || book.trading_ts === null ? 0 : tradingNow - book.trading_ts;
  return reading.at - Math.max(0, behind);
}

function Price({ book }: { readonly book: BookView }) {
  const t = texts();
  return (
    <div class="price">
      <span class="price-mid number" data-testid="spot">
        {plain(book.spot, 3)}
      </span>
      <span class="price-touch">
        <span class="number">
          {plain(book.bid, 2)} × {plain(book.ask, 2)}
        </span>
        <span class="unit">
          {t.book.mid} · {t.legs.bid} × {t.legs.ask}
        </span>
      </span>
    </div>
  );
}

function Result({ book }: { readonly book: BookView }) {
  const t = texts();
  return (
    <dl class="result">
      <Fact
        label={t.book.pnl}
        value={signed(book.daily_pnl, 2)}
        unit={t.book.usd}
        tone={toneOf(book.daily_pnl)}
      />
      <Fact label={t.book.hedges} value={plain(book.daily_hedge_count)} />
    </dl>
  );
}

/** What a word on the shares of the account may answer. */
const ABOUT_SHARES: ReadonlySet<string> = new Set([
  'ownership_unconfirmed',
  'position_break',
  'exec_fault',
]);

function BookControls(props: { readonly book: BookView; readonly allSuspended: boolean }) {
  const t = texts();
  const { symbol, suspended, block_reasons: reasons } = props.book;
  // What clears itself has nothing to resume from.
  const latched = LATCHED_CAUSES.some((cause) => reasons.includes(cause));
  const next = suspended ? 'resume' : 'suspend';
  const says = suspended ? t.controls.resumeSays : t.controls.suspendSays;
  const label = suspended ? t.controls.resumeBook(symbol) : t.controls.suspendBook(symbol);
  return (
    <div class="book-controls">
      {latched && <ManualResume book={props.book} />}
      {reasons.some((reason) => ABOUT_SHARES.has(reason)) && <Adopt symbol={symbol} />}
      <button
        type="button"
        disabled={!signedIn.value || props.allSuspended}
        aria-label={label}
        title={props.allSuspended ? t.controls.allSuspended : says}
        onClick={() => void command({ name: next, input: { symbol } })}
      >
        {t.controls[next]}
      </button>
      <CarefulButton
        wish={{ name: 'hedge_now', input: { symbol } }}
        label={t.controls.hedgeNow}
        name={`${t.controls.hedgeNow} ${symbol}`}
        says={t.controls.hedgeNowSays}
      />
      <CarefulButton
        wish={{ name: 'flatten', input: { symbol } }}
        label={t.controls.flatten}
        name={`${t.controls.flatten} ${symbol}`}
        says={t.controls.flattenSays}
        danger
      />
    </div>
  );
}

function BookStates({ book, at }: { readonly book: BookView; readonly at: number }) {
  const t = texts();
  const accounts = status.value?.value.accounts.length ?? 0;
  return (
    <p class="states">
      <State name={t.book.trading} id={book.trading_state} />
      <State name={t.book.hedge} id={book.hedge_state} />
      {book.suspended && <strong class="flag">{t.book.suspended}</strong>}
      {book.market_closed && <strong class="flag">{t.book.closed}</strong>}
      <span class="states-end">
        {accounts > 1 && `${t.book.account} ${book.account} · `}
        {t.book.lag} <span class="number">{plain(book.data_lag_ms)}</span> ms · {t.book.evaluated}{' '}
        <Age at={at} of={book.symbol} />
      </span>
    </p>
  );
}

function State({ name, id }: { readonly name: string; readonly id: string }) {
  return (
    <span class="state">
      <span class="unit">{name}</span> <code>{id}</code> {wordsFor(STATE_WORDS, id)}
    </span>
  );
}
