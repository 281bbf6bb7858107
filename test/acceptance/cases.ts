/**
 * Every test case of the requirements, by its id, and what it proves in one line. The ids are
 * stable: docs and tests cite them. `ids.test.ts` keeps this list and the cases together.
 */

export const CASES = {
  'TC-1-R-M1a-1': 'a started daemon writes a fresh snapshot to the sink on its heartbeat',
  'TC-1-R-M1a-2': 'the current state and its time can be read from the sink with no console',
  'TC-1-R-M1a-3': 'the snapshot has all fields of R-M1a',
  'TC-1-R-M4a-1': 'intent, send, fill, reject and cancel each leave an operation row',
  'TC-1-R-M4a-2': 'each row has time, type, side, quantity, price where filled, reason',
  'TC-1-R-M4a-3': 'the rows are readable by another process',
  'TC-1-R-H1-1': 'current view and history both exist after a run',
  'TC-1-R-H1-2': 'statistics are produced from the history without a change to the writer',
  'TC-1-R-H1-3': 'the configured sink is the one written to (`postgres`, `jsonl`)',
  'TC-1-R-C1a-1':
    'SIGTERM and SIGINT in every daemon state lead to exit within 5 s and no order after; ' +
    "code 0, or 1 with `order_left_live` only where a fault withholds the broker's answer",
  'TC-1-R-C1a-2':
    'a control file, where configured, containing `stop` stops the daemon within one poll',
  'TC-2-R-M1b-1': '`GET /status` answers 200 with JSON',
  'TC-2-R-M1b-2': 'it holds status, daemon_heartbeat and the other fields',
  'TC-2-R-M2-1':
    'it holds self_check and block_reasons, right for each of: running, suspended, stale ' +
    'data, IB down, daemon dead',
  'TC-2-R-M3-1': 'it holds status_lamp consistent with self_check',
  'TC-2-R-M4b-1': '`GET /operations` supports its filters and returns a list',
  'TC-2-R-M4b-2': 'rows have type, ts, side, quantity…',
  'TC-2-R-C1b-1':
    '`POST /control/stop` ends the daemon in time, from its own API and from a separate ' +
    'monitor process',
  'TC-2-DOC': "the README's commands, run in a fresh clone, start the system and pass its tests",
  'TC-3-R-A1-1': 'account id, net liquidation, cash, buying power arrive from the gateway',
  'TC-3-R-A1-2': 'positions arrive and drive the hedge logic',
  'TC-3-R-A1-3': 'they update while running; disconnect and reconnect behave as R-A1 and RE-7 say',
  'TC-3-R-M6-1': 'spot is written to the status',
  'TC-3-R-M6-2': '`GET /status` shows it',
  'TC-3-R-M6-3':
    'the page shows position, price, P&L, moneyness for several instruments, checked in a ' +
    'real browser',
  'TC-3-R-H2-1': 'statistics with the daemon off: per day and week, P&L',
  'TC-4-R-B1-1': 'a backtest runs with no broker and reports P&L, equity curve, drawdown',
  'TC-4-R-B1-2': 'it names gates and config hash; two parameter sets can be compared',
  'TC-4-R-B2-1':
    'the journal of a live session (against the simulated gateway) replays to identical ' +
    'verdicts, decisions, orders and ledger; a lock-step session over a data set equals the ' +
    'backtest of that data set',
  'TC-4-R-B2-2': 'block reasons and counts per guard are reported',
  'TC-5-R-C2-1':
    'no order while suspended, orders again after resume, suspension survives a restart',
  'TC-5-R-C3-1': "flatten closes the strategy's hedge shares and records it",
  'TC-5-R-C3-2': 'flatten leaves manual shares of the same symbol in the same account untouched',
} as const;

export type CaseId = keyof typeof CASES;

export const CASE_IDS = Object.keys(CASES) as readonly CaseId[];
