/** The backtest is the daemon: what one decides on a data set, the other decides on the wire. */

import { describe, it } from 'vitest';

import { testHome } from '../support/daemon.ts';
import { assertParity } from './support/parity.ts';

const home = testHome('backtest-parity');

describe('TC-4-R-B2-1: parity of the daemon and the backtest', () => {
  it('decides the same from the wire as from the tape, and from the journal again', {
    timeout: 120_000,
  }, async () => {
    await assertParity(home);
  });
});
