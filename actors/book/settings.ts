/** New settings for a book that runs: everything that was made from the old ones is made again. */

import type { BookSettings } from '../../src/domain/settings.ts';
import type { Turn } from '../../src/runtime/kernel.ts';
import { reviewBookLegs, watch } from './positions.ts';
import type { BookState } from './state.ts';

/** From the next assessment on they hold; it is delivered again even where it is the same. */
export function takeSettings(
  state: BookState,
  settings: BookSettings,
  configSummary: string,
  turn: Turn,
): void {
  const before = state.settings;
  state.settings = settings;
  state.config = { ...state.config, configSummary };
  state.redeliver = true;
  if (!Number.isFinite(turn.at.trading)) return;
  reviewBookLegs(state, turn);
  if (pricingOf(before) !== pricingOf(settings)) watch(state, turn);
}

/** What the greeks actor was told of them. */
function pricingOf({ greeks, gates }: BookSettings): string {
  return JSON.stringify([greeks, gates.state.market.vol_window_min, gates.state.iv_max_age_s]);
}
