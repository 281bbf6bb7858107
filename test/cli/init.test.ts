import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { answersOf, type InitFlags } from '../../src/cli/init.ts';
import { type Answers, configText } from '../../src/cli/init-file.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Fault } from '../../src/fault.ts';
import { bifrost } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Answers questions in their order, and tells which were asked. */
async function asked(flags: InitFlags, replies: readonly string[]) {
  const questions: string[] = [];
  const left = [...replies];
  const answers = await answersOf(flags, async (question, preset) => {
    questions.push(question);
    const reply = left.shift() ?? '';
    return reply === '' ? preset : reply;
  });
  return { answers, questions };
}

function loaded(answers: Answers) {
  const file = join(tempDir('init-text'), 'x.yaml');
  writeFileSync(file, configText(answers));
  return loadConfig({ file, env: {}, cwd: tempDir('init-cwd') }).config;
}

describe('a configuration', () => {
  it('is asked for in a few questions', async () => {
    const { answers, questions } = await asked({ test: true }, ['paper', 'nvda, spy', '', '4002']);
    assert.equal(questions.length, 5);
    assert.deepEqual(answers, {
      mode: 'paper',
      host: '127.0.0.1',
      port: 4002,
      account: null,
      symbols: ['NVDA', 'SPY'],
      clientId: 1,
    });
    const simulated = await asked({ test: true }, ['', 'spy']);
    assert.deepEqual([simulated.answers.mode, simulated.questions.length], ['simulated', 2]);
  });

  it('asks again where an answer is of no use, and says why; not for ever', async () => {
    const replies = ['2', 'Paper', '', 'nvda', '', 'seven', '7497', ''];
    const { answers, questions } = await asked({ test: true }, replies);
    assert.deepEqual([answers.mode, answers.symbols, answers.port], ['paper', ['NVDA'], 7497]);
    assert.match(questions[1] ?? '', /^2 is none of simulated, paper, live\.\nTrade on what\?/);
    assert.match(questions[3] ?? '', /^An answer is needed here\.\nWhich underlyings\?/);
    assert.match(questions[6] ?? '', /^a port is a number from 1 to 65535\.\nIts port\?/);
    const live = await asked({ test: true }, ['live', 'SPY', '', '', '', 'U7']);
    assert.equal(live.answers.account, 'U7');
    const never = asked({ test: true }, ['1', '2', '3', '4', '5', 'paper']);
    await assert.rejects(never, /5 is none of simulated, paper, live/);
  });

  it('asks for no more than the flags leave open', async () => {
    const flags = {
      test: true,
      mode: 'live',
      symbol: ['SPY'],
      gateway: true,
      account: 'U7',
    } as const;
    const { answers, questions } = await asked(flags, []);
    assert.deepEqual(questions, ['Host of TWS or IB Gateway?']);
    assert.deepEqual([answers.port, answers.account], [4001, 'U7']);
  });

  it('is refused where nobody can answer, with the flag that is missing', async () => {
    await assert.rejects(answersOf({ test: true }, null), /--mode is needed/);
    await assert.rejects(answersOf({ test: true, mode: 'paper' }, null), /--symbol is needed/);
    const live = { test: true, mode: 'live', symbol: ['SPY'] } as const;
    await assert.rejects(answersOf(live, null), (fault) => {
      assert.ok(fault instanceof Fault);
      return fault.code === 'usage' && /--account/.test(fault.message);
    });
  });

  it('loads as it is written, in every mode', () => {
    const base = {
      symbols: ['NVDA', 'BRK B'],
      host: 'gw',
      port: 4002,
      clientId: 5,
      account: 'DU1',
    };
    const paper = loaded({ ...base, mode: 'paper' });
    assert.deepEqual(
      [paper.mode, paper.broker.port_type, paper.broker.market_data_client_id],
      ['paper', 'gateway_paper', 6],
    );
    assert.deepEqual(
      paper.books.map(({ symbol, account }) => [symbol, account]),
      [
        ['NVDA', 'DU1'],
        ['BRK B', 'DU1'],
      ],
    );
    const live = loaded({ ...base, mode: 'live', account: 'U7', port: 7777 });
    assert.deepEqual([live.live_account, live.broker.port_type], ['U7', 'custom']);
    assert.equal(live.gates.guard.risk.on_daily_loss, 'halt');
    assert.equal(live.gates.strategy.structure.membership, 'confirm');
    assert.equal(loaded({ ...base, mode: 'simulated' }).mode, 'simulated');
  });
});

describe('bifrost init', () => {
  it('writes a file, explains what IB must allow, and never writes over one', async () => {
    const file = join(tempDir('init'), 'my.yaml');
    const args = ['init', file, '--mode', 'paper', '--symbol', 'NVDA', '--port', '1'];
    const first = await bifrost(args);
    assert.equal(first.code, 0);
    assert.match(first.out, /"Read-Only API" off, socket port 1;/);
    assert.match(first.out, /^fail {2}gateway {2}cannot connect/m);
    assert.match(first.out, /bifrost check --config .*my\.yaml$/m);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const text = readFileSync(file, 'utf8');

    const again = await bifrost([
      'init',
      file,
      '--mode',
      'live',
      '--symbol',
      'SPY',
      '--account',
      'U1',
    ]);
    assert.equal(again.code, 1);
    assert.match(again.err, /is there already, and is left as it is\n {2}→ name another file/);
    assert.equal(readFileSync(file, 'utf8'), text);
  });

  it('leaves nothing behind where an answer is not allowed', async () => {
    const file = join(tempDir('init-bad'), 'my.yaml');
    const answer = await bifrost(['init', file, '--mode', 'paper', '--symbol', 'N-V', '--no-test']);
    assert.equal(answer.code, 2);
    assert.match(answer.err, /nothing is written: .*symbol/);
    assert.throws(() => statSync(file), { code: 'ENOENT' });
  });
});
