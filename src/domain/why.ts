/** Why a book hedges or does not, in one sentence with numbers and units. */

import type { SafeCause } from './causes.ts';
import type { GateResult } from './gate-checks.ts';
import { GATE_BY_ID } from './gates.ts';
import type { HedgeBand } from './policy.ts';
import type { Situation } from './situation.ts';
import { momentText, numberText } from './time-text.ts';

/** What was judged, as far as the sentence needs it. */
export interface Judged {
  readonly verdict: string;
  readonly causes: readonly SafeCause[];
  readonly netDelta: number;
  readonly band: HedgeBand;
  readonly need: number;
  readonly quantity: number;
}

/** In the operator's words; the ids stay in front, because reasons are searched for. */
const CAUSE_TEXT: Readonly<Record<SafeCause, string>> = {
  broker_down: 'the broker is not connected',
  data_stale: 'the underlying is silent and a probe was not answered',
  greeks_bad: 'the delta of a leg is not known',
  orphan_shares: 'shares of ours are left, but no option leg',
  expiry_pending: 'an expired leg near its strike is not yet settled',
  exec_fault: "an order's fate is unknown, or orders were refused in a row",
  daily_loss_limit: "the day's loss limit is reached",
  position_break: "the account's shares are not explained",
  ownership_unconfirmed: 'it is not confirmed which shares are ours',
  corporate_action: 'the terms of a leg have changed',
};

export function whyText(
  situation: Situation,
  judged: Judged,
  gates: readonly GateResult[],
): string {
  const [cause] = judged.causes;
  if (cause !== undefined) return `does not hedge: ${cause}, ${CAUSE_TEXT[cause]}`;
  const delta = `net delta ${numberText(judged.netDelta, 1, true)}`;
  const { band } = judged;
  switch (judged.verdict) {
    case 'EMPTY':
      return 'the book has no option legs';
    case 'UNPRICED':
      return `net delta is not known: ${gateValue(gates, 'greeks_bad')}`;
    case 'NO_TRADE':
      return `${delta} is inside the band ${rangeText(band.low, band.high)}`;
    case 'MONITOR': {
      const threshold = rangeText(band.triggerLow, band.triggerHigh);
      return `${delta} is outside the band, but below the threshold ${threshold}`;
    }
    default:
      return tradeText(situation, judged, delta, gates);
  }
}

function tradeText(
  situation: Situation,
  judged: Judged,
  delta: string,
  gates: readonly GateResult[],
): string {
  const { quantity, need } = judged;
  const shares = quantity === 0 ? need : quantity;
  const verb = shares > 0 ? 'buy' : 'sell';
  const amount = `${Math.abs(shares)} ${Math.abs(shares) === 1 ? 'share' : 'shares'}`;
  const closed = gates.find((gate) => !gate.pass);
  if (closed !== undefined) return `would ${verb} ${amount}, but ${closedText(closed, situation)}`;
  const { band } = judged;
  const limit =
    situation.purpose === 'forced'
      ? `the limit ±${situation.input.settings.gates.state.delta.max_delta_limit}`
      : `the threshold ${rangeText(band.triggerLow, band.triggerHigh)}`;
  return `${verb}s ${amount}: ${delta} is at or beyond ${limit}`;
}

function closedText(gate: GateResult, { now }: Situation): string {
  if (gate.opensAt !== null) return `${gate.gate} opens at ${momentText(gate.opensAt, now)}`;
  const { meaning } = GATE_BY_ID[gate.gate];
  if (typeof gate.value === 'boolean' || gate.value === null) return `${gate.gate}: ${meaning}`;
  const unit = gate.unit === '' ? '' : ` ${gate.unit}`;
  return `${gate.gate}: ${meaning} (${textOf(gate.value)} against ${textOf(gate.limit)}${unit})`;
}

function gateValue(gates: readonly GateResult[], id: GateResult['gate']): string {
  return textOf(gates.find(({ gate }) => gate === id)?.value ?? null);
}

function textOf(value: GateResult['value']): string {
  return typeof value === 'number' ? numberText(value, 4) : String(value);
}

function rangeText(low: number, high: number): string {
  if (low === -high) return `±${numberText(high, 1)}`;
  return `${numberText(low, 1)} … ${numberText(high, 1, true)}`;
}
