import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { watchConfig } from '../../src/cli/config-watch.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import type { ConfigInput } from '../../src/protocol/decision-config.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const BASE = 'mode: simulated\nbooks: [{ symbol: NVDA }]\n';
const LOOK_MS = 500;

let file = '';
let folder = '';
let inputs: ConfigInput[] = [];
let running: Config[] = [];
let clock = new VirtualClock();
let end: () => void = () => undefined;

beforeEach(() => {
  folder = makeTempDir('config-watch');
  file = join(folder, 'bifrost.yaml');
  writeFileSync(file, BASE);
  inputs = [];
  running = [];
  clock = new VirtualClock();
  const load = () => loadConfig({ file, env: {}, cwd: folder });
  const log = pino({ level: 'silent' });
  const apply = (input: ConfigInput): void => {
    inputs.push(input);
  };
  const taken = (config: Config): void => {
    running.push(config);
  };
  end = watchConfig({ loaded: load(), load, apply, taken, mono: clock, log });
});

afterEach(() => {
  end();
  rmSync(folder, { recursive: true });
});

const look = (times: number): void => clock.advanceTo(clock.now() + times * LOOK_MS);
const types = () => inputs.map(({ type }) => type);

describe('the watch of a configuration file', () => {
  it('says nothing while nothing changes, nor for a change of spaces', () => {
    look(10);
    writeFileSync(file, `${BASE}# looked at\n`);
    look(4);
    assert.deepEqual(inputs, []);
  });

  it('tells what runs now to the parts beside the engine, the recorder for one', () => {
    writeFileSync(file, `${BASE}recorder: { enabled: true }\napi: { port: 9999 }\n`);
    look(4);
    assert.deepEqual(
      running.map(({ recorder, api }) => [recorder.enabled, api.port]),
      [[true, 8765]],
    );
  });

  it('takes a change when the file has been the same at two looks', () => {
    writeFileSync(file, `${BASE}order: { max_reprices: 1 }\n`);
    look(1);
    assert.deepEqual(types(), []);
    look(1);
    const [input] = inputs;
    assert.ok(input?.type === 'config.applied');
    assert.deepEqual(input.taken, ['order.max_reprices']);
    assert.equal(input.books[0]?.order.max_reprices, 1);
    assert.match(input.configSummary, /^simulated [0-9a-f]{12}$/);
    look(10);
    assert.equal(inputs.length, 1);
  });

  it('leaves a file alone that is still being written', () => {
    for (let size = 1; size < 6; size += 1) {
      writeFileSync(file, `${BASE}order: { max_repr`.slice(0, 10 * size));
      look(1);
    }
    writeFileSync(file, `${BASE}order: { max_reprices: 1 }\n`);
    look(3);
    assert.deepEqual(types(), ['config.applied']);
  });

  it('refuses what is not valid with every reason, and takes it when it is mended', () => {
    writeFileSync(file, `${BASE}order: { max_reprices: -1 }\nunknown: 1\n`);
    look(3);
    const [refused] = inputs;
    assert.ok(refused?.type === 'config.refused');
    assert.match(refused.reason, /order\.max_reprices/);
    assert.match(refused.reason, /unknown/);
    writeFileSync(file, `${BASE}order: { max_reprices: 2 }\n`);
    look(3);
    assert.deepEqual(types(), ['config.refused', 'config.applied']);
  });

  it('refuses a file that is gone, and follows one that an editor puts in its place', () => {
    rmSync(file);
    look(3);
    assert.deepEqual(types(), ['config.refused']);
    const other = join(folder, 'new.yaml');
    writeFileSync(other, `${BASE}hedging: { trade_to: edge }\n`);
    renameSync(other, file);
    look(3);
    assert.deepEqual(types(), ['config.refused', 'config.applied']);
  });

  it('compares with what runs: a key that waits for a restart is named again', () => {
    writeFileSync(file, `${BASE}api: { port: 9000 }\n`);
    look(3);
    writeFileSync(file, `${BASE}api: { port: 9000 }\norder: { max_reprices: 1 }\n`);
    look(3);
    const waits = inputs.map((input) => input.type === 'config.applied' && input.needsRestart);
    assert.deepEqual(waits, [['api.port'], ['api.port']]);
    writeFileSync(file, BASE);
    look(3);
    const last = inputs.at(-1);
    assert.deepEqual(last?.type === 'config.applied' && last.needsRestart, []);
  });
});
