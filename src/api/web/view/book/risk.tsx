/** The risk of a book: its greeks, its shares, and what the market does against what it costs. */

import type { BookView } from '../../../../protocol/views.ts';
import { plain, signed } from '../../format.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { SPACE_WORDS } from '../../text/words.ts';
import { Fact } from '../parts.tsx';

interface RiskProps {
  readonly book: BookView;
  /** Without what only divides one number by another. */
  readonly brief?: boolean;
}

export function Risk({ book, brief = false }: RiskProps) {
  const t = texts();
  const { greeks } = book;
  return (
    <dl class="risk" aria-label={t.greeks.title}>
      <Fact label={t.greeks.delta} value={signed(greeks.delta, 1)} unit={t.greeks.deltaUnit} />
      <Fact label={t.greeks.gamma} value={signed(greeks.gamma, 2)} unit={t.greeks.gammaUnit} />
      <Fact label={t.greeks.theta} value={signed(greeks.theta, 2)} unit={t.greeks.thetaUnit} />
      <Fact label={t.greeks.vega} value={signed(greeks.vega, 2)} unit={t.greeks.vegaUnit} />
      <Volatility book={book} brief={brief} />
    </dl>
  );
}

/** What it holds: our shares, the legs that they hedge, and what is none of ours. */
export function Holdings({ book }: { readonly book: BookView }) {
  const t = texts();
  const contracts = book.legs.reduce((sum, { quantity }) => sum + quantity, 0);
  return (
    <dl class="risk" aria-label={t.book.holdings}>
      <Fact label={t.book.owned} value={signed(book.stock_position)} unit={t.book.shares} />
      <Fact
        label={t.book.legs}
        value={plain(book.option_legs_count)}
        unit={t.book.contracts(signed(contracts))}
      />
      <Fact label={t.book.foreign} value={signed(book.foreign_shares)} unit={t.book.shares} />
    </dl>
  );
}

/** What the underlying does against what its options cost. */
function Volatility({ book, brief }: Required<RiskProps>) {
  const t = texts().volatility;
  const { realised, implied, ratio, estimator, window_min: minutes } = book.volatility;
  const percent = (value: number | null): string => plain(value === null ? null : value * 100, 1);
  const window = t.window(estimator, plain(minutes));
  return (
    <>
      <Fact
        label={t.realised}
        value={percent(realised)}
        unit={realised === null ? t.needs(plain(minutes)) : `% · ${window}`}
      />
      <Fact label={t.implied} value={percent(implied)} unit="%" />
      {!brief && <Fact label={t.ratio} value={plain(ratio, 2)} unit={t.times} />}
    </>
  );
}

export function Space({ book }: { readonly book: BookView }) {
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
