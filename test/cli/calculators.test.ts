import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, vi } from 'vitest';
import { z } from 'zod';
import { splitLine } from '../../src/cli/csv.ts';
import { runProgram } from '../../src/cli/program.ts';
import { EXIT } from '../../src/fault.ts';
import { tempDir } from '../support/temp-dir.ts';
import { ROOT } from '../support/tidy/source.ts';

/** Runs a calculator over a file; the rows that come out, by column. */
async function calculate(command: string, csv: string): Promise<Record<string, string>[]> {
  const dir = tempDir('calculators');
  const input = join(dir, 'in.csv');
  const output = join(dir, 'out.csv');
  writeFileSync(input, csv);
  await runProgram([command, '--csv', input, '--out', output]);
  const [header = '', ...rows] = readFileSync(output, 'utf8').trimEnd().split('\n');
  const names = splitLine(header);
  return rows.map((row) => {
    return Object.fromEntries(splitLine(row).map((cell, index) => [names[index] ?? '', cell]));
  });
}

/** What a command prints, and its exit status. */
async function printed(args: readonly string[]) {
  let out = '';
  let err = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await runProgram(args);
    return { out, err, code: process.exitCode };
  } finally {
    process.exitCode = before;
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

function assertNear(actual: string | undefined, expected: number, tolerance: number): void {
  assert.ok(Math.abs(Number(actual) - expected) <= tolerance, `${actual} is not ${expected}`);
}

const PRICES = `type,exercise,S,K,T,r,q,sigma,dividends,model,note
call,european,100,100,1,0.05,0,0.2,,,plain
put,american,100,100,1,0.05,0.05,0.25,,,"b, ""c"""
call,european,100,100,1,0.06,0,0.3,0.5:7,spot,
call,european,100,100,1,0.06,0,0.3,0.5:7,escrowed,

put,,100,100,-1,0.06,0,0.3,,,
straddle,european,100,100,1,0.06,0,0.3,,,
call,european,x,100,1,0.06,0,0.3,,,
call,european,100,100,1,0.06,0,0.3,soon,,
`;

describe('bifrost price', () => {
  it('appends values to each row, and says why where there are none', async () => {
    const rows = await calculate('price', PRICES);
    assert.equal(rows.length, 8);
    const [plain, early, spot, escrowed, ...bad] = rows;
    assertNear(plain?.['price'], 10.450583572185565, 1e-12);
    assertNear(plain?.['vanna'], -0.28143026018770334, 1e-12);
    assert.equal(plain?.['note'], 'plain');
    assertNear(early?.['price'], 9.569445, 2e-6);
    assert.deepEqual([early?.['note'], early?.['vanna'], early?.['error']], ['b, "c"', '', '']);
    assertNear(spot?.['price'], 11.1062, 5e-4);
    assertNear(escrowed?.['price'], 10.6932, 5e-4);
    assert.deepEqual(
      bad.map((row) => [row['price'], row['error']]),
      [
        ['', 'expired'],
        ['', 'unknown_type: straddle'],
        ['', 'not_a_number: S'],
        ['', 'not_a_dividend: dividends'],
      ],
    );
  });

  it('prices one option given by flags', async () => {
    const flags = ['--spot', '100', '--strike', '100', '--years', '1', '--rate', '0.05'];
    const { out } = await printed(['price', ...flags, '--vol', '0.2', '--json']);
    assertNear(String(JSON.parse(out).price), 10.450583572185565, 1e-12);
    const early = await printed([
      'price',
      ...flags,
      '--vol',
      '0.2',
      '--exercise',
      'american',
      '--type',
      'put',
    ]);
    assert.match(early.out, /^price {2}6\.09/);
    const dated = await printed([
      'price',
      ...flags.slice(0, 4),
      '--expiry',
      '20990619',
      '--vol',
      '0.2',
    ]);
    assert.match(dated.out, /^price/);
  });

  it('ends with a usage fault, and not a stack, where something is missing', async () => {
    const missing = await printed(['price', '--spot', '100']);
    assert.equal(missing.code, EXIT.usage);
    assert.match(missing.err, /--strike needs a number/);
    const nowhere = await printed(['price', '--csv', '/nowhere/at/all.csv']);
    assert.equal(nowhere.code, EXIT.failed);
    const dir = tempDir('calculators');
    writeFileSync(join(dir, 'a.csv'), 'S,K\n1,2\n');
    const columns = await printed(['price', '--csv', join(dir, 'a.csv')]);
    assert.match(columns.err, /has no column type, T, sigma/);
    assert.equal(columns.code, EXIT.usage);
  });
});

describe('bifrost iv', () => {
  it('takes what bifrost price made back to the volatility', async () => {
    const priced = await calculate('price', PRICES);
    const header = Object.keys(priced[0] ?? {}).filter((name) => name !== 'note');
    const csv = [header, ...priced.map((row) => header.map((name) => row[name] ?? ''))]
      .map((cells) => cells.join(','))
      .join('\n');
    const rows = await calculate('iv', csv);
    for (const [index, sigma] of [0.2, 0.25, 0.3, 0.3].entries()) {
      assertNear(rows[index]?.['sigma'], sigma, 1e-9);
    }
    assert.equal(rows[4]?.['error'], 'not_a_number: price');
  });

  it('gives the volatilities of bid, mid and ask, and none to a bid below intrinsic', async () => {
    const dir = tempDir('calculators');
    const file = join(dir, 'quotes.csv');
    const deep = 'put,american,100,130,0.1,0.05,29.9,30.4';
    const near = 'put,american,100,105,0.5,0.05,9.1,9.3';
    writeFileSync(file, `type,exercise,S,K,T,r,bid,ask\n${near}\n${deep}\n`);
    const { out } = await printed(['iv', '--quotes', '--csv', file, '--json']);
    const [one, other] = JSON.parse(out) as Record<string, number | null>[];
    assert.ok(Number(one?.['sigma_bid']) < Number(one?.['sigma']));
    assert.ok(Number(one?.['sigma']) < Number(one?.['sigma_ask']));
    assert.ok(other?.['sigma_bid'] === null && Number(other?.['sigma_ask']) > 0);
    const flags = ['--type', 'put', '--exercise', 'american', '--spot', '100', '--strike', '105'];
    const terms = [...flags, '--years', '0.5', '--rate', '0.05'];
    const single = await printed(['iv', ...terms, '--bid', '9.1', '--ask', '9.3', '--json']);
    const { sigma_bid, sigma, sigma_ask } = one ?? {};
    assert.deepEqual(JSON.parse(single.out), { sigma_bid, sigma, sigma_ask });
  });

  it('names the arbitrage in a price that has no volatility', async () => {
    const rows = await calculate(
      'iv',
      'type,S,K,T,r,price\ncall,100,90,1,0,9\ncall,100,90,1,0,100\n',
    );
    assert.deepEqual(
      rows.map((row) => row['error']),
      ['below_intrinsic', 'above_bound'],
    );
  });
});

describe('bifrost band', () => {
  it('gives the band of each policy in shares', async () => {
    const rows = await calculate(
      'band',
      `policy,delta,gamma,S,K,T,r,sigma,cost,risk_aversion,position,width
whalley_wilmott,0.6,0.05,100,100,0.5,0.05,0.2,0.01,0.1,1,
zakamouline,0.6,0.05,100,100,0.5,0.05,0.2,0.001,0.1,1,
gamma_scaled,0.6,0.05,100,100,0.5,0.05,0.2,,,100,
time,0.6,0.05,100,,,,,,,-100,
fixed_band,0.6,0.05,100,,,,,,,100,5
leland,0.6,0.05,100,100,0.5,0.05,0.2,0.001,,-100,
move,0.6,0.05,100,,,,0.2,,,100,
greedy,0.6,0.05,100,100,0.5,0.05,0.2,0.01,0.1,1,
whalley_wilmott,0.6,0.05,100,100,0.5,0.05,0.2,0.01,0,1,
`,
    );
    const [whalley, zaka, scaled, time, fixed, leland, move, greedy, careless] = rows;
    assertNear(whalley?.['high'], 0.9319387609657719, 1e-12);
    assertNear(whalley?.['target_low'], 0.2680612390342281, 1e-12);
    assertNear(zaka?.['high'], 0.6012906155807894 + 0.13856100725051546, 1e-12);
    assertNear(scaled?.['high'], 66.29940788348712, 1e-9);
    assert.equal(scaled?.['target_low'], '60');
    assert.deepEqual([time?.['low'], time?.['high']], ['-60', '-60']);
    assert.deepEqual([fixed?.['low'], fixed?.['high']], ['55', '65']);
    assertNear(leland?.['target_low'], -59.77201377984951, 1e-9);
    // A day's deviation of the spot is 1.2599, and gamma makes 6.2994 shares of it.
    assertNear(move?.['low'], 60 - 6.29940788348712, 1e-9);
    assertNear(move?.['target_high'], 60, 1e-9);
    assert.equal(greedy?.['error'], 'unknown_policy: greedy');
    assert.equal(careless?.['error'], 'not_positive: risk_aversion');
  });
});

describe('--json', () => {
  const SCHEMA = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])));

  async function rowsOf(command: string, csv: string) {
    const dir = tempDir('calculators');
    const input = join(dir, 'in.csv');
    writeFileSync(input, csv);
    const { out } = await printed([command, '--csv', input, '--json']);
    return SCHEMA.parse(JSON.parse(out));
  }

  it('gives the rows of a file as a list, with numbers where there is an answer', async () => {
    const prices = await rowsOf('price', PRICES);
    assert.equal(prices.length, 8);
    assert.equal(typeof prices[0]?.['price'], 'number');
    assert.deepEqual([prices[0]?.['note'], prices[0]?.['error']], ['plain', null]);
    assert.deepEqual([prices[4]?.['price'], prices[4]?.['error']], [null, 'expired']);
    const [vol] = await rowsOf(
      'iv',
      'type,S,K,T,r,price\ncall,100,100,1,0.05,10.450583572185565\n',
    );
    assert.ok(Math.abs(Number(vol?.['sigma']) - 0.2) < 1e-9);
    const bands = await rowsOf('band', 'policy,delta,gamma,S,position\ntime,0.6,0.05,100,-100\n');
    assert.deepEqual([bands[0]?.['low'], bands[0]?.['target_high']], [-60, -60]);
    assert.deepEqual(await rowsOf('band', 'policy,delta,gamma,S\n'), []);
  });
});

describe('the page of how to change the band', () => {
  it('says what its line of CSV gives', async () => {
    const page = readFileSync(join(ROOT, 'docs/how-to/change-the-band.md'), 'utf8');
    const [, block = ''] = /```csv\n([\s\S]*?)```/.exec(page) ?? [];
    const [band] = await calculate('band', block.replaceAll(/^ +/gm, ''));
    const [low, high] = [Number(band?.['low']), Number(band?.['high'])];
    const told = `${low.toFixed(1)} to ${high.toFixed(1)} shares\n   short alone`;
    assert.ok(page.includes(told), told);
    const delta = Number(band?.['delta']) * Number(band?.['position']);
    assert.ok(page.includes(`within ±${(high - delta).toFixed(1)}`), String(high - delta));
  });
});

describe('bifrost vol', () => {
  it('annualises seven estimators, and refuses a file with an impossible bar', async () => {
    const dir = tempDir('calculators');
    const file = join(dir, 'bars.csv');
    writeFileSync(
      file,
      'date,open,high,low,close\n1,100,102,99,101\n2,101.5,103,100.5,100.7\n3,100.2,101,97.5,98\n',
    );
    const { out } = await printed(['vol', '--csv', file, '--json']);
    const { bars, parkinson, yang_zhang: yangZhang } = JSON.parse(out);
    assert.equal(bars, 3);
    assertNear(String(parkinson), 0.2880554626035325, 1e-12);
    assertNear(String(yangZhang), 0.3150166848076436, 1e-12);
    writeFileSync(file, 'open,high,low,close\n100,99,98,98.5\n');
    const bad = await printed(['vol', '--csv', file]);
    assert.equal(bad.code, EXIT.usage);
    assert.match(bad.err, /bar 1: not a bar/);
  });
});
