import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { apiToken, openDataDir, readDaemon } from '../../src/store/data-dir.ts';
import { processStartTime } from '../../src/store/process-identity.ts';
import { startChild } from '../support/child.ts';
import { faultOf } from '../support/fault.ts';
import { tempDir } from '../support/temp-dir.ts';

const HOLDER = `
  import { openDataDir } from '$/src/store/data-dir.ts';
  const dir = await openDataDir(process.env.DIR);
  dir.announce(8765);
  process.stdout.write('held\\n');
  setInterval(() => undefined, 1000);
`;

describe('a data directory', () => {
  it('is made, closed to others', async () => {
    const path = join(tempDir('data-dir'), 'deep', 'data');
    const dir = await openDataDir(path);
    const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
    assert.equal(statSync(path).mode & 0o777, mode);
    await dir.close();
  });

  it('names what makes it unusable', async () => {
    const file = join(tempDir('data-dir'), 'file');
    writeFileSync(file, '');
    const fault = await faultOf('data_dir_unusable', () => openDataDir(file));
    assert.match(fault.message, /data-dir-\w+\/file: /);
    await faultOf('data_dir_unusable', () => openDataDir(join(file, 'below')));
  });

  it('belongs to one process, which the second hears of', async () => {
    const path = tempDir('data-dir');
    const first = await openDataDir(path);
    const starting = await faultOf('daemon_running', () => openDataDir(path));
    assert.match(starting.message, /just starting/);
    first.announce(8765);
    const fault = await faultOf('daemon_running', () => openDataDir(path));
    assert.match(fault.message, new RegExp(`pid ${process.pid}, port 8765`));
    await first.close();
    assert.equal(existsSync(join(path, 'daemon.json')), false);
    await (await openDataDir(path)).close();
  });

  it('is one directory under each of its names', async () => {
    const parent = tempDir('data-dir');
    const path = join(parent, 'data');
    mkdirSync(path);
    const link = join(parent, 'link');
    symlinkSync(path, link);
    const first = await openDataDir(path);
    await faultOf('daemon_running', () => openDataDir(link));
    await first.close();
  });

  it('is free again the moment its daemon is killed', async () => {
    const path = tempDir('data-dir');
    const daemon = await startChild(HOLDER, { env: { DIR: path } });
    const fault = await faultOf('daemon_running', () => openDataDir(path));
    assert.match(fault.message, new RegExp(`pid ${daemon.pid}, port 8765`));
    assert.equal(readDaemon(path)?.pid, daemon.pid);

    await daemon.kill('SIGKILL');
    assert.ok(existsSync(join(path, 'daemon.json')));
    assert.equal(readDaemon(path), null);
    await (await openDataDir(path)).close();
  });
});

describe('daemon.json', () => {
  it('says pid, start time and port', async () => {
    const path = tempDir('data-dir');
    const dir = await openDataDir(path);
    dir.announce(0);
    dir.announce(9000);
    const identity = JSON.parse(readFileSync(join(path, 'daemon.json'), 'utf8'));
    const start_time = processStartTime(process.pid);
    assert.deepEqual(identity, { pid: process.pid, start_time, port: 9000 });
    assert.deepEqual(readDaemon(path), identity);
    await dir.close();
  });

  it('names no daemon when its pid is another process by now, or when it is no JSON', () => {
    const path = tempDir('data-dir');
    const file = join(path, 'daemon.json');
    assert.equal(readDaemon(path), null);
    for (const text of [
      JSON.stringify({ pid: process.pid, start_time: 12, port: 1 }),
      JSON.stringify({ pid: -1, start_time: 12, port: 1 }),
      JSON.stringify({ port: 1 }),
      '{"pid": 1',
    ]) {
      writeFileSync(file, text);
      assert.equal(readDaemon(path), null, text);
    }
  });
});

describe('the API token', () => {
  it('is made once and readable by its owner only', () => {
    const path = tempDir('data-dir');
    const token = apiToken(path);
    assert.ok(token.length >= 40);
    const file = join(path, 'api-token');
    chmodSync(file, 0o644);
    assert.equal(apiToken(path), token);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.notEqual(apiToken(tempDir('data-dir')), token);
  });

  it('is not taken from a file that holds none', async () => {
    const path = tempDir('data-dir');
    writeFileSync(join(path, 'api-token'), '\n');
    await faultOf('data_dir_unusable', () => apiToken(path));
  });
});
