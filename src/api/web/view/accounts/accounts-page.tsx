/** The accounts page: what all hold together, then each account with its money and positions. */

import type { PositionView } from '../../../../protocol/views.ts';
import { serverOffset } from '../../clock.ts';
import { plain, signed, toneOf } from '../../format.ts';
import { status } from '../../state/live.ts';
import { accountsTexts } from '../../text/pages/accounts.ts';
import { AccountSections } from '../account.tsx';
import { Fact, Section } from '../parts.tsx';

export function AccountsPage() {
  return (
    <>
      <Sums />
      <AccountSections />
    </>
  );
}

function Sums() {
  const t = accountsTexts();
  const reading = status.value;
  if (reading === null || reading.value.accounts.length === 0) return null;
  const positions = reading.value.accounts.flatMap((account) => account.positions);
  const priced = positions.filter((one) => one.unrealized_pnl !== null);
  const gain = priced.reduce((sum, one) => sum + (one.unrealized_pnl ?? 0), 0);
  const missing = positions.length - priced.length;
  const fetched = reading.value.accounts_fetched_at;
  const at = fetched === null ? null : fetched * 1000 - serverOffset.value;
  return (
    <Section id="all-accounts" title={t.all} at={at}>
      <dl class="risk">
        <Fact label={t.gain} value={signed(gain, 2)} unit={t.usd} tone={toneOf(gain)} />
        <Fact label={t.positions} value={plain(positions.length)} />
        <Fact label={t.options} value={signed(netOf(positions, 'OPT'))} />
        <Fact label={t.sharesHeld} value={signed(netOf(positions, 'STK'))} />
      </dl>
      {missing > 0 && <p class="unit">{t.unpriced(plain(missing))}</p>}
      <p class="unit">{t.signs}</p>
    </Section>
  );
}

function netOf(positions: readonly PositionView[], kind: PositionView['secType']): number {
  return positions.reduce((sum, one) => sum + (one.secType === kind ? one.position : 0), 0);
}
