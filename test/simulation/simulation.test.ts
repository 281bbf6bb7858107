import { describe, expect, it } from 'vitest';
import { Repricer } from '../../actors/greeks/reprice.ts';
import { LEG_QUALITY } from '../../src/domain/book-quotes.ts';
import { BOOK, LEG, legOffset } from '../../src/protocol/book-board.ts';
import { formatFaults, parseFaults } from './fault-list.ts';
import { PLANTED, type Plant } from './planted.ts';
import { REGRESSIONS } from './regressions.ts';
import { shrinkFaults } from './shrink.ts';
import { Trace } from './trace.ts';
import { runSeed, type SeedResult } from './world.ts';

const SEEDS = [101, 102, 103, 104, 105, 106] as const;
const played: SeedResult[] = [];

describe('the whole daemon beside the simulated exchange, with faults drawn from the seed', () => {
  it.each(SEEDS)('keeps every invariant with seed %i', async (seed) => {
    const result = await runSeed({ seed, minutes: 4 });
    played.push(result);
    expect(result.failure).toBeNull();
  });

  it('really trades and really breaks things', async () => {
    const results = played.length > 0 ? played : [await runSeed({ seed: 101, minutes: 4 })];
    const reached = new Set(results.flatMap(({ sometimes }) => [...sometimes.keys()]));
    expect(results.reduce((sum, { orders }) => sum + orders, 0)).toBeGreaterThan(50);
    expect([...reached].filter((name) => name.startsWith('fault ')).length).toBeGreaterThan(10);
    for (const name of ['trading HEDGING', 'hedge FILLED', 'daemon running', 'bytes cut']) {
      expect(reached).toContain(name);
    }
  });

  it.each(REGRESSIONS)('does not fall back: seed $seed, $was', async (film) => {
    expect((await runSeed(film)).failure).toBeNull();
  });

  it('keeps every invariant with strikes for smiles, and prices the same bits again', async () => {
    const smiles = { vol_source: 'smile', smile_strikes: 3 } as const;
    const plant: Plant = {
      finding: /nothing/,
      config: ({ books, ...rest }) => ({
        ...rest,
        books: books.map(({ settings, slot }) => ({
          slot,
          settings: { ...settings, greeks: { ...settings.greeks, ...smiles } },
        })),
      }),
    };
    let smiling = 0;
    class Watched extends Trace {
      override turn(...[ms, record]: Parameters<Trace['turn']>): void {
        super.turn(ms, record);
        const { body } = record;
        if (!(body instanceof Float64Array) || !((body[BOOK.strikeCount] ?? 0) > 0)) return;
        if (body[legOffset(0) + LEG.quality] === LEG_QUALITY.indexOf('smile')) smiling += 1;
        expect(new Repricer(0).reprice(body).difference).toBeNull();
      }
    }
    const result = await runSeed({ seed: 103, minutes: 2, plant, trace: new Watched() });
    expect(result.failure).toBeNull();
    expect(smiling).toBeGreaterThan(50);
  });

  it('is the same film for the same seed, and another for another', async () => {
    const [first, again, other] = [
      await runSeed({ seed: 7, minutes: 2 }),
      await runSeed({ seed: 7, minutes: 2 }),
      await runSeed({ seed: 8, minutes: 2 }),
    ];
    expect(again.hash).toBe(first.hash);
    expect(again.steps).toBe(first.steps);
    expect(other.hash).not.toBe(first.hash);
  });

  it('is the same film again from its list of faults, and leaves a trace', async () => {
    const first = await runSeed({ seed: 7, minutes: 1 });
    const faults = parseFaults(formatFaults(first.faults));
    const trace = new Trace();
    const again = await runSeed({ seed: 7, minutes: 1, faults, trace });
    expect(again.hash).toBe(first.hash);
    const lines = trace.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const kinds = new Set(lines.map(({ kind }) => kind));
    for (const kind of ['step', 'turn', 'transition', 'intent', 'execution']) {
      expect(kinds).toContain(kind);
    }
    expect(lines.filter(({ kind }) => kind === 'turn')).toHaveLength(again.turns);
  });
});

describe('a failure', () => {
  const plant = PLANTED['a restart forgets that trading is suspended'];

  it('is shrunk to the faults that it needs, and they show it again', async () => {
    const list = [
      ...['gap@6000:1:1:AMD', 'suspend@8878:1:0:AMD', 'cut_bytes@12000:9000:1:AMD'],
      ...['late_fill@20000:1:1:NVDA', 'power_cut@37648:2000:0.5:NVDA', 'reset@50000:1:1:AMD'],
    ];
    const film = { seed: 29, minutes: 1, faults: list.flatMap(parseFaults) };
    const options = { ...film, ...(plant && { plant }) };
    const whole = await runSeed(options);
    expect(whole.failure).toMatch(/the operator had suspended/);
    const failure = { text: whole.failure ?? '', atMs: whole.virtualMs };
    const few = await shrinkFaults(whole.faults, failure, async (faults) => {
      return (await runSeed({ ...options, faults })).failure;
    });
    // Something suspends, and something makes the daemon start again.
    expect(few.map(({ name }) => name)).toEqual(['suspend', 'power_cut']);
    const faults = parseFaults(formatFaults(few));
    expect((await runSeed({ ...options, faults })).failure).toMatch(/the operator had suspended/);
  });
});
