/** The account as the broker reports it, and what it holds. */

import type { AccountView, PositionView } from '../../../protocol/views.ts';
import { serverOffset } from '../clock.ts';
import { brief, isoDay, NONE, plain, signed, toneOf } from '../format.ts';
import { command } from '../state/commands.ts';
import { status } from '../state/live.ts';
import { signedIn } from '../state/session.ts';
import { texts } from '../text/language.ts';
import { Fact, Head, Section, Table } from './parts.tsx';

const KEYS = [
  'NetLiquidation',
  'TotalCashValue',
  'BuyingPower',
  'AvailableFunds',
  'ExcessLiquidity',
  'MaintMarginReq',
] as const;

export function AccountSections() {
  const t = texts().account;
  const reading = status.value;
  if (reading === null) return null;
  const { accounts, accounts_fetched_at: fetched } = reading.value;
  const at = fetched === null ? null : fetched * 1000 - serverOffset.value;
  if (accounts.length === 0) return <p class="empty">{t.none}</p>;
  return accounts.map((account) => (
    <Section
      key={account.account_id}
      id={`account-${account.account_id}`}
      title={`${t.title} ${account.account_id}`}
      at={at}
      class="account"
    >
      <Summary account={account} />
      <Positions account={account} />
      <button
        type="button"
        class="below"
        disabled={!signedIn.value}
        onClick={() => void command({ name: 'refresh_accounts', input: {} })}
      >
        {t.refresh}
      </button>
    </Section>
  ));
}

function Summary({ account }: { readonly account: AccountView }) {
  const t = texts();
  return (
    <dl class="risk">
      {KEYS.map((key) => {
        const text = account.summary[key];
        if (text === undefined) return null;
        const amount = Number(text);
        return (
          <Fact
            key={key}
            label={t.account.summary[key]}
            value={Number.isFinite(amount) ? plain(amount, 2) : text}
            unit={t.book.usd}
          />
        );
      })}
    </dl>
  );
}

function Positions({ account }: { readonly account: AccountView }) {
  const t = texts().account;
  if (account.positions.length === 0) return <p class="empty">{t.noPositions}</p>;
  return (
    <Table label={`${t.positions} ${account.account_id}`} class="positions">
      <thead>
        <tr>
          <Head name={t.instrument} />
          <Head number name={t.position} />
          <Head number name={t.cost} unit={t.costUnit} />
          <Head number name={t.price} unit={t.priceUnit} />
          <Head number name={t.pnl} unit={t.pnlUnit} />
          <Head number name={t.moneyness} unit={t.moneynessUnit} />
        </tr>
      </thead>
      <tbody>
        {account.positions.map((position) => (
          <Position key={instrumentOf(position).join()} position={position} />
        ))}
      </tbody>
    </Table>
  );
}

function Position({ position }: { readonly position: PositionView }) {
  const t = texts().account;
  const [name, detail] = instrumentOf(position);
  const cost = plain(position.avgCost, 2);
  // As the broker tells it: of an option it is that of the whole contract.
  const each = position.secType === 'OPT' ? t.perContract : t.perShare;
  return (
    <tr data-position={position.secType}>
      <th scope="row">
        {name} <span class="unit">{detail}</span>
        {position.moneyness !== null && (
          <span class="unit on-phone">
            {signed(position.moneyness, 2)} % {position.moneyness > 0 ? t.inMoney : t.outMoney}
          </span>
        )}
      </th>
      <td class="number">{signed(position.position)}</td>
      <td class="number">
        {cost} <span class="unit">{each}</span>
      </td>
      <td class="number">
        {plain(position.price, position.secType === 'STK' ? 3 : 2)}
        <span class="unit on-phone">
          {t.cost} {cost} {each}
        </span>
      </td>
      <td class={`number ${toneOf(position.unrealized_pnl)}`}>
        {signed(position.unrealized_pnl, 2)}
      </td>
      <td class="number">
        <Moneyness moneyness={position.moneyness} />
      </td>
    </tr>
  );
}

function instrumentOf({ symbol, secType, strike, right, expiry }: PositionView) {
  const t = texts();
  if (secType === 'STK') return [symbol, t.account.shares] as const;
  const kind = right === 'C' ? t.legs.call : t.legs.put;
  return [`${symbol} ${brief(strike ?? 0)} ${kind}`, isoDay(expiry ?? '')] as const;
}

function Moneyness({ moneyness }: { readonly moneyness: number | null }) {
  if (moneyness === null) return NONE;
  const t = texts().account;
  return (
    <>
      {signed(moneyness, 2)} <span class="unit">{moneyness > 0 ? t.inMoney : t.outMoney}</span>
    </>
  );
}
