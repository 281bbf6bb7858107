/** Why a book does not hedge more: the sentence, the order that would go, and every gate. */

import type { ExplainView } from '../../../../protocol/views.ts';
import { plain, signed } from '../../format.ts';
import { call } from '../../state/http.ts';
import { tradingNow } from '../../state/trading-time.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { explainTexts } from '../../text/pages/explain.ts';
import { whyInChinese } from '../../text/sentences.ts';
import { STATE_WORDS } from '../../text/words.ts';
import { BookChoice, chosenSymbol } from '../book-choice.tsx';
import type { PageProps } from '../page-props.ts';
import { Age } from '../parts.tsx';
import { problemText, Said } from '../sentence.tsx';
import { useReading } from '../use-reading.ts';
import { Gates } from './gates.tsx';

/** Gates are watched as they open: this often they are read again. */
const REREAD_MS = 1000;

export function ExplainPage({ rest }: PageProps) {
  const symbol = chosenSymbol(rest);
  return (
    <>
      <BookChoice page="explain" chosen={symbol} />
      {symbol !== null && <Explained key={symbol} symbol={symbol} />}
    </>
  );
}

function Explained({ symbol }: { readonly symbol: string }) {
  const t = explainTexts();
  const asked = useReading(symbol, () => call('explain', { symbol }), REREAD_MS);
  const view = asked.value;
  if (view === null) {
    return (
      <p class="empty">
        {asked.problem === null ? t.reading : problemText(asked.problem, t.failed)}
      </p>
    );
  }
  return (
    <section class="section" aria-labelledby="explain-title">
      <div class="section-head">
        <h2 id="explain-title">{t.title(symbol)}</h2>
        <Age at={asked.at} of={t.gates} />
      </div>
      {asked.problem !== null && <p class="loss">{problemText(asked.problem, t.failed)}</p>}
      <p class="why-says" data-testid="why">
        <Said text={view.why} zh={() => whyInChinese(view, tradingNow())} />
      </p>
      <States view={view} />
      <div class="would-be" data-testid="would-be">
        <h3>{t.order}</h3>
        <p>{orderText(view)}</p>
      </div>
      <Gates view={view} />
    </section>
  );
}

function States({ view }: { readonly view: ExplainView }) {
  const t = texts().book;
  const words = explainTexts();
  const { trading_state: trading, hedge_state: hedge, verdict } = view;
  return (
    <p class="states">
      <span class="state">
        <span class="unit">{t.trading}</span> <code>{trading}</code>{' '}
        {wordsFor(STATE_WORDS, trading)}
      </span>
      <span class="state">
        <span class="unit">{t.hedge}</span> <code>{hedge}</code> {wordsFor(STATE_WORDS, hedge)}
      </span>
      <span class="state">
        <span class="unit">{words.verdict}</span> <code>{verdict}</code> {words.verdicts[verdict]}
      </span>
    </p>
  );
}

function orderText({ would_be_order: order }: ExplainView): string {
  const t = explainTexts();
  if (order === null) return t.noOrder;
  const { side, quantity, limit_price: limit, target_shares: target } = order;
  const price = limit === null ? t.marketPrice : t.priceIs(plain(limit, 2));
  return t.orderIs(texts().operations[side], plain(quantity), price, signed(target));
}
