/**
 * How the pages are followed: which of them one reader types in one sitting, what has to be there
 * before, and what cannot be typed here. A line that a page has and no walk types is one of
 * `NOT_TYPED`, with what runs it instead.
 */

export interface Walk {
  readonly name: string;
  /** In the order in which they are followed. */
  readonly pages: readonly string[];
  /** Files that are there: what stands in the blocks of a page, around a book on paper. */
  readonly files?: Readonly<Record<string, string>>;
  /** Typed before the first page. */
  readonly begin?: readonly string[];
  /** Typed before a line of a page. */
  readonly before?: Readonly<Record<string, readonly string[]>>;
  readonly otherwise?: Readonly<Record<string, Otherwise>>;
  /** It takes a second or two, so it is taken every time. */
  readonly short?: true;
  /** It needs the sample quotes of LEAN, which the project does not bring along. */
  readonly lean?: true;
}

/** A line that is typed otherwise, or ends otherwise than with 0. */
interface Otherwise {
  /** Where there is no terminal to answer on, or the folder of a page has to be another. */
  readonly as?: string;
  readonly status?: number;
  /** Typed again until it ends so: what it asks for has not happened yet. */
  readonly patient?: true;
}

/** What no walk types, and what stands in for it. */
export const NOT_TYPED: readonly (readonly [line: RegExp, instead: string])[] = [
  [/^npm ci && npm test$/, 'test/acceptance/readme.acceptance.ts'],
  [/^npm (ci|test|run check)$/, 'test/acceptance/readme.acceptance.ts'],
  [/^npm run (docs|pictures)$/, 'test/docs/references.test.ts, test/pictures'],
  [/^(npm ci && npm pack|npm install -g .*)$/, 'test/integration/package.test.ts'],
  [/^sudo /, 'test/deploy.test.ts, as far as it goes without being root of a systemd'],
  [/^docker compose /, 'test/deploy.test.ts, as far as it goes without Docker'],
];

/** What somebody answers to the questions of `init`. */
const ANSWERS = '--mode paper --symbol NVDA --port 7497';
const INIT = { as: `bifrost init my.yaml ${ANSWERS}` };
/** A paper TWS that knows NVDA and AMD, and one of the account that is traded with money. */
const PAPER_TWS = 'bifrost gateway --scenario desk.yaml --port 7497 --admin-port 0 --data-dir tws';
const LIVE_TWS = 'bifrost gateway --scenario money.yaml --port 7496 --admin-port 0 --data-dir real';
const INIT_LIVE = 'bifrost init live.yaml --mode live --symbol NVDA --account U1234567';
const toLive = {
  before: { [INIT_LIVE]: [LIVE_TWS] },
  otherwise: {
    [INIT_LIVE]: { as: `${INIT_LIVE} --port 7496` },
    // Minutes are no rehearsal of five days: it says so, and what else is missing.
    'bifrost check --config live.yaml --live --paper-data paper-data': { status: 1 },
  },
} as const;
const adopt = (shares: number) =>
  ({ as: `bifrost adopt NVDA ${shares} --yes`, patient: true }) as const;

/** A trade in the account that is none of the engine's. */
const byHand = (side: string, quantity: number): string =>
  `curl -sf 127.0.0.1:7498/orders -d '{"symbol":"NVDA","side":"${side}","quantity":${quantity}}'`;

export const WALKS: readonly Walk[] = [
  {
    name: 'readme',
    pages: ['README.md'],
    begin: [PAPER_TWS],
    otherwise: { 'npx bifrost init my.yaml': INIT },
  },
  {
    name: 'demo',
    pages: [
      'docs/run-book.md',
      'docs/how-to/adopt-shares.md',
      'docs/how-to/add-a-gate.md',
      'docs/how-to/change-the-band.md',
      'docs/how-to/back-up.md',
      'docs/OPERATIONS.md',
      'docs/statistics.md',
      'docs/faults.md',
    ],
    begin: ['bifrost run'],
    before: {
      'bifrost adopt NVDA 300 --dry-run': ['bifrost suspend', byHand('BUY', 300)],
      'bifrost adopt NVDA -100': [byHand('SELL', 100)],
    },
    otherwise: {
      'bifrost adopt NVDA 300 --dry-run': { patient: true },
      'bifrost adopt NVDA 300': adopt(300),
      'bifrost adopt NVDA -100': adopt(-100),
      'bifrost adopt NVDA 0': adopt(0),
      'bifrost db restore /mnt/backup/2026-11-23': {
        as: 'bifrost db restore /mnt/backup/2026-11-23 --data-dir restored',
      },
      'npx bifrost db backup /mnt/backup/2026-11-23': { as: 'bifrost db backup /mnt/backup/again' },
      'npx bifrost db restore /mnt/backup/2026-11-23': {
        as: 'bifrost db restore /mnt/backup/again --data-dir restored-again',
      },
    },
  },
  {
    name: 'tutorial',
    pages: ['docs/tutorial.md'],
    begin: [PAPER_TWS],
    before: toLive.before,
    otherwise: {
      ...toLive.otherwise,
      'bifrost init my.yaml': INIT,
      // Suspended a line before: it names what is in the way.
      'npx bifrost hedge-now NVDA --dry-run': { status: 1 },
      'npx bifrost data import --format history --symbol NVDA --to day': { patient: true },
    },
  },
  {
    name: 'live',
    pages: ['docs/how-to/paper-to-live.md'],
    begin: [
      PAPER_TWS,
      `bifrost init my.yaml ${ANSWERS}`,
      'BIFROST_DATA_DIR=paper-data bifrost run --config my.yaml',
    ],
    ...toLive,
  },
  {
    name: 'book',
    pages: ['docs/how-to/add-a-book.md'],
    files: { 'my.yaml': 'docs/how-to/add-a-book.md' },
    begin: [PAPER_TWS, 'bifrost run --config my.yaml'],
  },
  {
    name: 'told',
    pages: ['docs/how-to/be-told.md'],
    files: { 'my.yaml': 'docs/how-to/be-told.md' },
    begin: ['export SLACK_URL=https://desk/hook', 'export NTFY_URL=https://desk/hook'],
    short: true,
  },
  {
    name: 'reset',
    pages: ['docs/how-to/nightly-reset.md'],
    files: { 'my.yaml': 'docs/how-to/nightly-reset.md' },
    begin: [PAPER_TWS.replace('port 0', 'port 7498'), 'bifrost run --config my.yaml'],
    before: {
      'bifrost retry-ib': [
        `curl -sf 127.0.0.1:7498/faults -d '{"type":"daily_restart","down_s":5}'`,
      ],
    },
    otherwise: { 'bifrost retry-ib': { patient: true } },
  },
  {
    name: 'monitor',
    pages: ['docs/how-to/monitor-elsewhere.md'],
    files: { 'my.yaml': '' },
    begin: [
      PAPER_TWS,
      'export DATABASE_URL=postgresql://…',
      'bifrost run --config my.yaml',
      'export BIFROST_DATA_DIR=elsewhere',
    ],
  },
  {
    name: 'standby',
    pages: ['docs/how-to/standby.md'],
    files: { 'my.yaml': 'docs/how-to/standby.md' },
    begin: [PAPER_TWS, 'export DATABASE_URL=postgresql://…'],
  },
  {
    name: 'history',
    pages: ['docs/how-to/tune-on-history.md', 'docs/install.md', 'docs/contributing.md'],
    begin: [`bifrost init my.yaml ${ANSWERS} --no-test`, 'cp config/demo.yaml copy.yaml'],
  },
  {
    name: 'simulation',
    pages: ['docs/simulation.md'],
    otherwise: {
      'npm run simulate -- --seeds 100 --minutes 10': {
        as: 'npm run simulate -- --seeds 1 --minutes 1',
      },
    },
  },
  { name: 'gateway', pages: ['docs/gateway.md'], short: true },
  {
    name: 'lean',
    pages: ['docs/data.md', 'docs/backtest.md'],
    begin: ['bifrost run'],
    otherwise: {
      'npx bifrost data import --format history --symbol NVDA --to sets/nvda': { patient: true },
      'npx bifrost data record --to sets/mine --interval-ms 0 --for 600': {
        as: 'bifrost data record --to sets/mine --interval-ms 0 --for 3',
      },
    },
    lean: true,
  },
];
