/** New settings for a book that runs: everything that was made from the old ones is made again. */

import type { BookSettings } from '../../src/domain/settings.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { reviewBookLegs, watch } from './positions.ts';
import type { BookState } from './state.ts';

/** From the next assessment on they hold; it is delivered again even where it is the same. */
export function takeSettings(
  state: BookState,
  settings: BookSettings,
  configSummary: string,
  turn: Turn,
): void {
  state.settings = settings;
  state.config = { ...state.config, configSummary };
  state.redeliver = true;
  if (!Number.isFinite(turn.at.trading)) return;
  reviewBookLegs(state, turn);
  watch(state, turn);
}
