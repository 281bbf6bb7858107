/** The story of one order: what was known, what became of it step by step, and what it cost. */

import type { OrderStoryView } from '../../../../protocol/story-view.ts';
import { NONE, plain, signed, toneOf } from '../../format.ts';
import { addressOf } from '../../state/address.ts';
import { call } from '../../state/http.ts';
import { averagePrice, storyTimes } from '../../state/story-steps.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { operationsTexts } from '../../text/pages/operations.ts';
import { STATE_WORDS } from '../../text/words.ts';
import { Age, Fact, spanText } from '../parts.tsx';
import { problemText } from '../sentence.tsx';
import { useReading } from '../use-reading.ts';
import { outcomeText, StorySteps } from './story-steps.tsx';

/** Reports, commissions and the P&L come in while one looks. */
const REREAD_MS = 2000;

export function OrderStory({ of: orderRef }: { readonly of: string }) {
  const t = operationsTexts();
  const asked = useReading(orderRef, () => call('order', { order_ref: orderRef }), REREAD_MS);
  const story = asked.value;
  return (
    <section class="section" aria-labelledby="story-title">
      <p class="back">
        <a href={addressOf('operations')}>← {t.back}</a>
      </p>
      <div class="section-head">
        <h2 id="story-title">{t.story.title(orderRef)}</h2>
        <Age at={asked.at} of={t.story.title(orderRef)} />
      </div>
      {asked.problem !== null && <p class="loss">{problemText(asked.problem, t.story.failed)}</p>}
      {story === null
        ? asked.problem === null && <p class="empty">{t.story.reading}</p>
        : [
            <Headline key="headline" story={story} />,
            <div key="facts" class="story-facts">
              <Decision story={story} />
              <Costs story={story} />
              <Times story={story} />
            </div>,
            <StorySteps key="steps" story={story} />,
          ]}
    </section>
  );
}

function Headline({ story }: { readonly story: OrderStoryView }) {
  const t = operationsTexts().story;
  const { intent, symbol, outcome, filled } = story;
  if (intent === null) return <p class="why-says">{t.unknown}</p>;
  const price = intent.limit_price === null ? t.market : t.limit(plain(intent.limit_price, 2));
  const side = texts().operations[intent.side];
  const quantity = plain(intent.quantity);
  return (
    <p class="why-says" data-testid="story">
      {t.what(side, quantity, symbol, price)}{' '}
      {outcome === null ? t.working : t.ended(outcomeText(outcome), plain(filled), quantity)}
    </p>
  );
}

function Decision({ story: { intent, decision } }: { readonly story: OrderStoryView }) {
  const t = operationsTexts().story;
  if (intent === null) return null;
  const written = decision === null ? null : (intent.ts - decision.ts) * 1000;
  return (
    <div>
      <h3>{t.decision}</h3>
      <dl class="risk">
        <Fact label={t.spot} value={plain(intent.spot, 3)} unit={t.usd} />
        {decision !== null && (
          <>
            <Fact label={texts().legs.bid} value={plain(decision.bid, 2)} unit={t.usd} />
            <Fact label={texts().legs.ask} value={plain(decision.ask, 2)} unit={t.usd} />
            <Fact label={t.netDelta} value={signed(decision.net_delta, 1)} unit={t.shares} />
            <Fact label={t.owned} value={signed(decision.stock_position)} unit={t.shares} />
          </>
        )}
        <Fact label={t.target} value={signed(intent.target_shares)} unit={t.shares} />
        {decision !== null && (
          <>
            <Fact label={t.foreign} value={signed(decision.foreign_shares)} unit={t.shares} />
            <Fact label={t.hedges} value={plain(decision.daily_hedge_count)} />
            <Fact
              label={t.pnlThen}
              value={signed(decision.daily_pnl, 2)}
              unit={t.usd}
              tone={toneOf(decision.daily_pnl)}
            />
            <Fact label={t.lag} value={plain(decision.data_lag_ms, 1)} unit={t.ms} />
          </>
        )}
      </dl>
      <p class="unit">
        {t.purpose} <code>{intent.purpose}</code>
        {decision !== null && (
          <>
            {' · '}
            {t.state} <code>{decision.trading_state}</code>{' '}
            {wordsFor(STATE_WORDS, decision.trading_state)} · {t.config}{' '}
            <code>{decision.config_summary ?? NONE}</code> ·{' '}
            {decision.exact ? t.exact : t.before(spanText(written ?? 0))}
          </>
        )}
      </p>
    </div>
  );
}

function Costs({ story }: { readonly story: OrderStoryView }) {
  const t = operationsTexts().story;
  const { costs, filled, pnl } = story;
  const { commission, slippage } = costs;
  const total = commission === null || slippage === null ? null : commission + slippage;
  const money = (value: number | null) => (value === null ? t.untold : plain(value, 2));
  return (
    <div>
      <h3>{t.costs}</h3>
      <dl class="risk" data-testid="costs">
        <Fact label={t.average} value={plain(averagePrice(story), 4)} unit={t.usd} />
        <Fact label={t.commission} value={money(commission)} unit={t.usd} />
        <Fact label={t.slippage} value={money(slippage)} unit={t.usd} />
        <Fact
          label={t.total}
          value={money(total)}
          unit={
            total === null || filled === 0
              ? t.usd
              : `${t.usd} · ${plain(total / filled, 4)} ${t.perShare}`
          }
        />
        <Fact
          label={t.pnl}
          value={pnl === null ? t.untold : signed(pnl, 2)}
          unit={t.usd}
          tone={toneOf(pnl)}
        />
      </dl>
      <p class="unit">{t.sign}</p>
    </div>
  );
}

function Times({ story }: { readonly story: OrderStoryView }) {
  const t = operationsTexts().story;
  const times = storyTimes(story);
  return (
    <div>
      <h3>{t.times}</h3>
      <dl class="risk">
        <Fact label={t.toSend} value={plain(times.toSend)} unit={t.ms} />
        <Fact label={t.toAck} value={plain(times.toAck)} unit={t.ms} />
        <Fact label={t.toFill} value={plain(times.toFill)} unit={t.ms} />
        <Fact label={t.toEnd} value={plain(times.toEnd)} unit={t.ms} />
      </dl>
    </div>
  );
}
