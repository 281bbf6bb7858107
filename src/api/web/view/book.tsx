/** One book: its price, its risk, what it holds, and why it does not hedge more. */

import type { BookView, StatusView } from '../../../protocol/views.ts';
import { plain, signed, toneOf } from '../format.ts';
import { command } from '../state/commands.ts';
import { type Reading, status } from '../state/live.ts';
import { signedIn } from '../state/session.ts';
import { texts, wordsFor } from '../text/language.ts';
import { SPACE_WORDS, STATE_WORDS } from '../text/words.ts';
import { AttributionSection } from './attribution.tsx';
import { CarefulButton } from './careful-button.tsx';
import { Gauge } from './gauge.tsx';
import { LegsTable } from './legs.tsx';
import { Age, Fact } from './parts.tsx';
import { Why } from './why.tsx';

interface BookProps {
  readonly book: BookView;
  readonly reading: Reading<StatusView>;
}

export function BookSection({ book, reading }: BookProps) {
  const { symbol } = book;
  const id = `book-${symbol.replaceAll(/[^A-Z0-9]/g, '-')}`;
  return (
    <section class="section book" aria-labelledby={`${id}-title`} data-testid={id}>
      <div class="book-head">
        <h2 id={`${id}-title`}>{symbol}</h2>
        <Price book={book} />
        <Result book={book} />
        <BookControls book={book} allSuspended={reading.value.trading_suspended} />
      </div>
      <BookStates book={book} at={evaluatedAt(book, reading)} />
      <Gauge book={book} />
      <Why book={book} />
      <Risk book={book} />
      <AttributionSection book={book} />
      <LegsTable book={book} />
      <Space book={book} />
    </section>
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

function BookControls(props: { readonly book: BookView; readonly allSuspended: boolean }) {
  const t = texts();
  const { symbol, suspended, trading_state } = props.book;
  const next = suspended ? 'resume' : 'suspend';
  const says = suspended ? t.controls.resumeSays : t.controls.suspendSays;
  const label = suspended ? t.controls.resumeBook(symbol) : t.controls.suspendBook(symbol);
  return (
    <div class="book-controls">
      {trading_state === 'SAFE' && (
        <CarefulButton
          wish={{ name: 'manual_resume', input: { symbol, reason: '' } }}
          label={t.controls.manualResume}
          name={`${t.controls.manualResume} ${symbol}`}
          says={t.controls.manualResumeSays}
        />
      )}
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

function Risk({ book }: { readonly book: BookView }) {
  const t = texts();
  const { greeks } = book;
  return (
    <dl class="risk" aria-label={t.greeks.title}>
      <Fact label={t.greeks.delta} value={signed(greeks.delta, 1)} unit={t.greeks.deltaUnit} />
      <Fact label={t.greeks.gamma} value={signed(greeks.gamma, 2)} unit={t.greeks.gammaUnit} />
      <Fact label={t.greeks.theta} value={signed(greeks.theta, 2)} unit={t.greeks.thetaUnit} />
      <Fact label={t.greeks.vega} value={signed(greeks.vega, 2)} unit={t.greeks.vegaUnit} />
      <Volatility book={book} />
      <Fact label={t.book.owned} value={signed(book.stock_position)} unit={t.book.shares} />
      <Fact label={t.book.foreign} value={signed(book.foreign_shares)} unit={t.book.shares} />
    </dl>
  );
}

/** What the underlying does against what its options cost. */
function Volatility({ book }: { readonly book: BookView }) {
  const t = texts().volatility;
  const { realised, implied, ratio, estimator, window_min: minutes } = book.volatility;
  const percent = (value: number | null): string => plain(value === null ? null : value * 100, 1);
  const window = t.window(estimator, plain(minutes));
  return (
    <>
      <Fact label={t.realised} value={percent(realised)} unit={`% · ${window}`} />
      <Fact label={t.implied} value={percent(implied)} unit="%" />
      <Fact label={t.ratio} value={plain(ratio, 2)} />
    </>
  );
}

function Space({ book }: { readonly book: BookView }) {
  const t = texts();
  const dimensions = ['O', 'D', 'M', 'L', 'E', 'S'] as const;
  return (
    <dl class="space" aria-label={t.space.title}>
      {dimensions.map((dimension) => {
        const label = book.state_space[dimension];
        return (
          <div key={dimension}>
            <dt>{t.space[dimension]}</dt>
            <dd>
              <code>{label}</code> {wordsFor(SPACE_WORDS, label)}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
