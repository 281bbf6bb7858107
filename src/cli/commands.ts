/** Every command there is: what it is for, where it is, and how it is used. */

import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  readonly group: CommandGroup;
  readonly summary: string;
  /** Command lines to learn from, each with what it is good for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  readonly load: () => Promise<Command>;
}

/** In the order in which help lists them. */
export const COMMAND_GROUPS = {
  begin: 'Begin:',
  watch: 'Watch a running system:',
  steer: 'Steer it:',
  history: 'Work with history:',
  keep: 'Keep it:',
  reckon: 'Calculate:',
} as const;

type CommandGroup = keyof typeof COMMAND_GROUPS;

const BEGIN: readonly CommandEntry[] = [
  {
    name: 'init',
    group: 'begin',
    summary: 'asks a few questions, writes a configuration, tries the connection',
    examples: [
      ['bifrost init', 'asks what it needs to know'],
      ['bifrost init my.yaml --mode paper --symbol NVDA SPY', 'without questions, for a script'],
      [
        'bifrost init gw.yaml --mode paper --gateway --symbol SPY',
        'with IB Gateway instead of TWS',
      ],
    ],
    load: async () => (await import('./init.ts')).initCommand(),
  },
  {
    name: 'check',
    group: 'begin',
    summary: 'whether a daemon would start here and could hedge, and what to mend',
    examples: [
      ['bifrost check --config my.yaml', 'all of it, the gateway too'],
      ['bifrost check --skip-ib', 'while TWS does not run'],
      [
        'bifrost check --config live.yaml --live --paper-data paper-data',
        'before real money is traded',
      ],
    ],
    load: async () => (await import('./check.ts')).checkCommand(),
  },
  {
    name: 'run',
    group: 'begin',
    summary: 'the daemon with its API and page',
    examples: [
      ['bifrost run', 'the demo, on a simulated exchange'],
      ['bifrost run --config my.yaml', 'what you have written'],
    ],
    load: async () => (await import('./run.ts')).runCommand(),
  },
  {
    name: 'gateway',
    group: 'begin',
    summary: 'the simulated IB gateway alone',
    examples: [
      ['bifrost gateway --port 7497', 'where clients look for a paper TWS'],
      ['bifrost gateway --scenario config/scenarios/crash.yaml', 'a bad day'],
    ],
    load: async () => (await import('./gateway.ts')).gatewayCommand(),
  },
  {
    name: 'version',
    group: 'begin',
    summary: 'the version of bifrost and of its Node',
    examples: [['bifrost version --json', 'for a report of trouble']],
    load: async () => (await import('./version.ts')).versionCommand(),
  },
  {
    name: 'config',
    group: 'begin',
    summary: 'the configuration: validate, show, running, convert',
    examples: [
      ['bifrost config validate my.yaml', 'every problem, with its line'],
      ['bifrost config show my.yaml', 'every key, its value, and where it comes from'],
      ['bifrost config running', 'what the daemon uses now'],
      ['bifrost config convert config.yaml --out my.yaml', 'from the earlier Python engine'],
    ],
    load: async () => (await import('./config.ts')).configCommand(),
  },
];

const WATCH: readonly CommandEntry[] = [
  {
    name: 'status',
    group: 'watch',
    summary: 'what the engine is, has and does now',
    examples: [
      ['bifrost status', 'is all well?'],
      ['bifrost status --json', 'for a program'],
    ],
    load: async () => (await import('./status.ts')).statusCommand(),
  },
  {
    name: 'operations',
    group: 'watch',
    summary: 'what was done, newest first',
    examples: [
      ['bifrost operations --limit 20', 'the last twenty'],
      ['bifrost operations --type alert --since 2026-11-20T14:30:00Z', 'what was wrong since then'],
    ],
    load: async () => (await import('./operations.ts')).operationsCommand(),
  },
  {
    name: 'stats',
    group: 'watch',
    summary: 'what came of hedging: wins, P&L, costs, blocks; without a daemon too',
    examples: [
      ['bifrost stats --days 30', 'a month'],
      ['bifrost stats --format json', 'for a program'],
    ],
    load: async () => (await import('./stats.ts')).statsCommand(),
  },
  {
    name: 'explain',
    group: 'watch',
    summary: 'why a book is hedged or not: every gate with its value and limit',
    examples: [['bifrost explain NVDA', 'every gate, with what is in the way']],
    load: async () => (await import('./explain.ts')).explainCommand(),
  },
  {
    name: 'machines',
    group: 'watch',
    summary: 'state machines, and the diagram of one',
    examples: [
      ['bifrost machines', 'all, and what each takes now'],
      ['bifrost machines hedge:NVDA --format mermaid', 'the diagram of one'],
    ],
    load: async () => (await import('./machines.ts')).machinesCommand(),
  },
  {
    name: 'accounts',
    group: 'watch',
    summary: 'what each account has and holds, with prices and P&L',
    examples: [
      ['bifrost accounts', 'cash, margin, and each position'],
      ['bifrost accounts --json', 'for a program'],
    ],
    load: async () => (await import('./accounts.ts')).accountsCommand(),
  },
  {
    name: 'monitor',
    group: 'watch',
    summary: 'API and page alone, from the database, on any host',
    examples: [['bifrost monitor --config my.yaml', 'with DATABASE_URL set, on any host']],
    load: async () => (await import('./monitor.ts')).monitorCommand(),
  },
];

const STEER: readonly CommandEntry[] = [
  {
    name: 'stop',
    group: 'steer',
    summary: 'stops the daemon and waits until it is gone',
    examples: [['bifrost stop', 'and waits until it is gone']],
    load: async () => (await import('./control.ts')).stopCommand(),
  },
  {
    name: 'suspend',
    group: 'steer',
    summary: 'sends no new hedge, of one book or of all',
    examples: [
      ['bifrost suspend', 'every book'],
      ['bifrost suspend NVDA', 'one of them'],
    ],
    load: async () => (await import('./control.ts')).suspendCommand(),
  },
  {
    name: 'resume',
    group: 'steer',
    summary: 'hedges again, one book or all',
    examples: [
      ['bifrost resume', 'every book'],
      ['bifrost resume NVDA', 'one of them'],
    ],
    load: async () => (await import('./control.ts')).resumeCommand(),
  },
  {
    name: 'flatten',
    group: 'steer',
    summary: 'closes the shares that are ours, and ends suspended',
    examples: [
      ['bifrost flatten NVDA --dry-run', 'only shows what it would do'],
      ['bifrost flatten NVDA --yes', 'without asking'],
    ],
    load: async () => (await import('./careful-control.ts')).flattenCommand(),
  },
  {
    name: 'hedge-now',
    group: 'steer',
    summary: 'brings net delta to 0 now',
    examples: [['bifrost hedge-now NVDA --dry-run', 'only shows what it would do']],
    load: async () => (await import('./careful-control.ts')).hedgeNowCommand(),
  },
  {
    name: 'cancel-all',
    group: 'steer',
    summary: 'suspends, and cancels every order of ours',
    examples: [['bifrost cancel-all', 'in a hurry']],
    load: async () => (await import('./control.ts')).cancelAllCommand(),
  },
  {
    name: 'adopt',
    group: 'steer',
    summary: 'says which shares of the account are ours',
    examples: [
      ['bifrost adopt NVDA 100', "a hundred shares of the account are the book's"],
      ['bifrost adopt NVDA 0', 'none are'],
    ],
    load: async () => (await import('./careful-control.ts')).adoptCommand(),
  },
  {
    name: 'legs',
    group: 'steer',
    summary: 'lists the option positions of a book, confirms or excludes one',
    examples: [
      ['bifrost legs NVDA', 'each with why it is a leg or not'],
      ['bifrost legs NVDA confirm 712345678', 'it joins'],
    ],
    load: async () => (await import('./careful-control.ts')).legsCommand(),
  },
  {
    name: 'refresh-accounts',
    group: 'steer',
    summary: 'reads accounts and positions again',
    examples: [['bifrost refresh-accounts', 'after a transfer, for example']],
    load: async () => (await import('./control.ts')).refreshAccountsCommand(),
  },
  {
    name: 'retry-ib',
    group: 'steer',
    summary: 'connects to the broker now',
    examples: [['bifrost retry-ib', 'TWS is back, and you will not wait']],
    load: async () => (await import('./control.ts')).retryIbCommand(),
  },
  {
    name: 'manual-resume',
    group: 'steer',
    summary: 'clears what latched a book in SAFE, with a reason for the record',
    examples: [['bifrost manual-resume NVDA --reason "looked at TWS"', 'after you have looked']],
    load: async () => (await import('./control.ts')).manualResumeCommand(),
  },
];

const HISTORY: readonly CommandEntry[] = [
  {
    name: 'backtest',
    group: 'history',
    summary: 'plays history through the machines that trade',
    examples: [
      ['bifrost backtest --data spy --symbol SPY --open straddle:10', 'a day, or a year'],
      [
        'bifrost backtest --data spy --symbol SPY --open straddle:10 --report day.html',
        'as a page',
      ],
    ],
    load: async () => (await import('./backtest.ts')).backtestCommand(),
  },
  {
    name: 'sweep',
    group: 'history',
    summary: 'backtests many parameter sets on all cores',
    examples: [
      [
        'bifrost sweep --data spy --symbol SPY --open straddle:10 --grid grid.yaml',
        'all sets of the grid; add --distributed for workers on any host',
      ],
    ],
    load: async () => (await import('./sweep.ts')).sweepCommand(),
  },
  {
    name: 'worker',
    group: 'history',
    summary: 'takes parameter sets of distributed sweeps from the database',
    examples: [['bifrost worker --data spy', 'until it is stopped; on as many hosts as you like']],
    load: async () => (await import('./worker.ts')).workerCommand(),
  },
  {
    name: 'compare',
    group: 'history',
    summary: 'how two backtests differ',
    examples: [['bifrost compare a.json b.json', 'two runs of backtest --json']],
    load: async () => (await import('./compare.ts')).compareCommand(),
  },
  {
    name: 'data',
    group: 'history',
    summary: 'market data sets: import, info, record',
    examples: [
      ['bifrost data info spy', 'what a data set holds'],
      [
        'bifrost data import --format csv --from quotes.csv --symbol SPY --to spy',
        'from files of your own',
      ],
    ],
    load: async () => (await import('./data.ts')).dataCommand(),
  },
  {
    name: 'replay',
    group: 'history',
    summary: 'runs a journal again, and proves that it decides the same',
    examples: [['bifrost replay --verify', 'proves the journal of this data directory']],
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  {
    name: 'journal',
    group: 'history',
    summary: 'whether the record of all decisions is whole, and what it holds',
    examples: [
      ['bifrost journal verify', 'every checksum'],
      ['bifrost journal backup /mnt/backup', 'as often as you like'],
    ],
    load: async () => (await import('./journal.ts')).journalCommand(),
  },
];

const KEEP: readonly CommandEntry[] = [
  {
    name: 'db',
    group: 'keep',
    summary: 'the database: status, migrate, backup, restore, stop',
    examples: [
      ['bifrost db status', 'server, version, schema'],
      ['bifrost db backup /mnt/backup/today', 'while the daemon runs'],
      ['bifrost db stop', 'after a kill -9'],
    ],
    load: async () => (await import('./db.ts')).dbCommand(),
  },
  {
    name: 'alerts',
    group: 'keep',
    summary: 'webhooks that are told of alerts: test',
    examples: [['bifrost alerts test --config my.yaml', 'sends one to each']],
    load: async () => (await import('./alerts.ts')).alertsCommand(),
  },
];

const RECKON: readonly CommandEntry[] = [
  {
    name: 'price',
    group: 'reckon',
    summary: 'option calculator: values and greeks',
    examples: [
      ['bifrost price --spot 100 --strike 105 --years 0.25 --vol 0.2 --rate 0.05', 'one option'],
      ['bifrost price --csv in.csv --out out.csv', 'many'],
    ],
    load: async () => (await import('./price.ts')).priceCommand(),
  },
  {
    name: 'iv',
    group: 'reckon',
    summary: 'option calculator: implied volatilities',
    examples: [['bifrost iv --csv in.csv --out out.csv', 'from prices']],
    load: async () => (await import('./iv.ts')).ivCommand(),
  },
  {
    name: 'band',
    group: 'reckon',
    summary: 'option calculator: hedging bands',
    examples: [['bifrost band --csv in.csv --out out.csv', 'by a policy of hedging']],
    load: async () => (await import('./band.ts')).bandCommand(),
  },
  {
    name: 'vol',
    group: 'reckon',
    summary: 'volatility of OHLC bars',
    examples: [['bifrost vol --csv bars.csv', 'of daily bars']],
    load: async () => (await import('./vol.ts')).volCommand(),
  },
];

/** But `completion`, which has to know all of these. */
export const COMMANDS: readonly CommandEntry[] = [
  ...BEGIN,
  ...WATCH,
  ...STEER,
  ...HISTORY,
  ...KEEP,
  ...RECKON,
];
