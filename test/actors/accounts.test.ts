import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACCOUNT } from '../support/venue.ts';
import { SYMBOL, type World, type WorldOptions } from '../support/world.ts';
import { fill, healing, restarted, settled, verifyReplays, world } from './support/hedged-book.ts';

verifyReplays();

/** The account is the login's only one. */
const UNNAMED: WorldOptions = { settings: { account: null } };

function hedged(w: World): World {
  settled(w);
  fill(w, 112);
  healing(w, 8);
  assert.equal(w.book.view.stock_position, -112);
  return w;
}

const reason = (w: World) => w.data.snapshot.context.reason;

describe('a book whose account is not known yet', () => {
  it('stays suspended over a restart', () => {
    for (const options of [UNNAMED, {}]) {
      const w = world(options);
      w.control({ command: 'suspend', symbol: SYMBOL });
      const again = settled(restarted(w, options));
      assert.equal(again.book.view.suspended, true);
      assert.equal(again.venue.orders.size, 0);

      again.control({ command: 'resume', symbol: SYMBOL });
      assert.equal(restarted(again, options).book.view.suspended, false);
    }
  });

  it('finds its ledger again, though something was said of it before', () => {
    const w = world(UNNAMED);
    w.control({ command: 'suspend', symbol: SYMBOL });
    w.control({ command: 'resume', symbol: SYMBOL });
    assert.equal(restarted(hedged(w), UNNAMED).book.view.stock_position, -112);
  });
});

describe('a login', () => {
  it('without the account of a book is waited out, and said', () => {
    const w = world({ settings: { account: 'DU9' } });
    w.sync([ACCOUNT]);
    assert.equal(w.daemon, 'waiting_ib');
    assert.match(reason(w), /the login has DU1, not DU9 of SPY/);
  });

  it('with another account than the ledger is waited out, and said', () => {
    const again = restarted(hedged(world(UNNAMED)), UNNAMED);
    again.sync(['DU2']);
    assert.equal(again.daemon, 'waiting_ib');
    assert.match(reason(again), /the ledger of SPY is of DU1, the login has DU2/);
    again.advance(10_000);
    settled(again);
    assert.equal(again.daemon, 'running');
  });

  it('that changes under a running book is no other book', () => {
    const w = hedged(world(UNNAMED));
    w.report({ type: 'link.lost', reason: 'socket closed' });
    w.advance(10_000);
    w.sync(['DU2']);
    assert.equal(w.daemon, 'waiting_ib');
  });
});
