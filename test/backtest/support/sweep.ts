/** A data set on disk and a sweep over it, whoever runs its cells. */

import type { GridSpec } from '../../../src/backtest/grid.ts';
import type { Source } from '../../../src/backtest/source.ts';
import { createDataset } from '../../../src/store/dataset.ts';
import { emptyColumns, mergeColumns } from '../../../src/store/quote-columns.ts';

/** Writes what the source has, all of it as of its first day. */
export async function writeSource(dir: string, source: Source): Promise<void> {
  const dataset = createDataset(dir, { resolution: 'minute', source: 'made up' });
  const parts = [];
  for await (const { ts, conId, bid, ask, bidSize, askSize } of source.tape.events()) {
    const columns = emptyColumns(1);
    columns.ts[0] = ts;
    columns.conId[0] = conId;
    columns.bid[0] = Math.round(bid * 1e4);
    columns.ask[0] = Math.round(ask * 1e4);
    columns.bidSize[0] = bidSize;
    columns.askSize[0] = askSize;
    parts.push(columns);
  }
  dataset.writeDay(source.days[0] ?? '', mergeColumns(parts));
  dataset.finish(source.tape.instruments);
}

/** A grid of these parameters; `changes` go over it. */
export function gridOf(
  parameters: GridSpec['parameters'],
  changes: Partial<GridSpec> = {},
): GridSpec {
  return {
    ...{ search: 'grid', samples: 1, keep: 3, seeds: [1] },
    ...{ objective: 'sharpe', walk_forward: null, parameters },
    ...changes,
  };
}
