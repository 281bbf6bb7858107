import assert from 'node:assert/strict';
import { join } from 'node:path';
import { afterEach, describe, it, vi } from 'vitest';
import { dataCommand } from '../../src/cli/data.ts';
import { Fault } from '../../src/fault.ts';
import { writeAcme } from '../support/lean-folder.ts';
import { tempDir } from '../support/temp-dir.ts';

afterEach(() => vi.restoreAllMocks());

/** Runs the command and returns what it wrote. */
async function data(...argv: readonly string[]): Promise<{ out: string; err: string }> {
  const written = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.err += String(text);
    return true;
  });
  const command = dataCommand().exitOverride();
  for (const sub of command.commands) sub.exitOverride();
  await command.parseAsync(argv, { from: 'user' });
  vi.restoreAllMocks();
  return written;
}

function folder(): { from: string; to: string } {
  const from = tempDir('lean');
  writeAcme(from, ['20230803', '20230804'], '20230901');
  return { from, to: join(tempDir('set'), 'acme') };
}

describe('bifrost data', () => {
  it('imports, tells its progress apart from its result, and prints a table', async () => {
    const { from, to } = folder();
    const { out, err } = await data('import', '--from', from, '--symbol', 'ACME', '--to', to);
    assert.match(err, /^20230803 {2}2 options, 6 quotes {2}\(1 of 2\)\n20230804 .*\(2 of 2\)\n$/);
    assert.match(out, /lean ACME minute regular hours, 2 days, 20230803 to 20230804/);
    assert.match(out, /3 instruments, 12 quotes/);
    assert.match(out, /ACME 20230901 +2 +6 +33\.3 +0 +0\.4 +120 +0 +2023-08-03 09:31:00/);
  });

  it('prints JSON for programs', async () => {
    const { from, to } = folder();
    const args = ['--from', from, '--symbol', 'ACME', '--to', to, '--json'];
    const imported = JSON.parse((await data('import', ...args)).out);
    assert.equal(imported.rows, 12);
    const shown = JSON.parse((await data('info', to, '--json')).out);
    assert.deepEqual(shown, imported);
    assert.equal(shown.series[1].one_sided, 2);
  });

  it('narrows days and contracts', async () => {
    const { from, to } = folder();
    const narrow = ['--dates', '2023-08-04', '--contracts', '20230901/100P', '--json'];
    const { out } = await data('import', '--from', from, '--symbol', 'ACME', '--to', to, ...narrow);
    const { days, instruments } = JSON.parse(out);
    assert.deepEqual(days, ['20230804']);
    assert.equal(instruments, 2);
  });

  it('refuses what it does not understand', async () => {
    const { from, to } = folder();
    const all = ['import', '--from', from, '--symbol', 'ACME', '--to', to];
    await assert.rejects(data(...all, '--dates', 'yesterday'), /YYYYMMDD/);
    await assert.rejects(data(...all, '--contracts', 'puts'), /EXPIRY\/STRIKE/);
    await assert.rejects(data(...all, '--format', 'xml'), /lean, csv/);
    await assert.rejects(data('import', '--from', from), /--symbol/);
  });

  it('throws a fault with its remedy for what cannot be read', async () => {
    await assert.rejects(
      data('info', tempDir('empty')),
      (error) => error instanceof Fault && error.code === 'data_unreadable',
    );
  });
});
