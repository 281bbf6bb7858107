import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { createDaemonMachine } from '../../machines/daemon.ts';
import { createHedgeMachine } from '../../machines/hedge.ts';
import { createTradingMachine } from '../../machines/trading.ts';
import { BOOK_ALERTS } from '../../src/domain/alert-names.ts';
import { LATCHED_CAUSES, SELF_CLEARING_CAUSES } from '../../src/domain/causes.ts';
import { daemonAlerts, namelessAlerts } from '../support/docs/alarms.ts';
import { ROOT } from '../support/tidy/source.ts';

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const PAGE = textOf('docs/run-book.md');
const SECTIONS = new Map(
  PAGE.split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
);

describe('the run-book', () => {
  it('has every alarm that has a name', () => {
    const ids = new Set([...Object.keys(BOOK_ALERTS), ...daemonAlerts()]);
    assert.ok(ids.size >= 24, `${ids.size} alarms`);
    const missing = [...ids].filter((id) => !SECTIONS.has(`\`${id}\``));
    assert.deepEqual(missing, []);
  });

  it('has every alarm that has none, by its first words', () => {
    const texts = namelessAlerts();
    assert.ok(texts.length >= 4, texts.join('\n'));
    const plain = (text: string): string =>
      text
        .replaceAll(/\$\{[^}]+\}/g, ' ')
        .slice(0, 18)
        .trim();
    const titles = [...SECTIONS.keys()].map((title) => title.replaceAll(/\b[NAB]\b|SYMBOL/g, ' '));
    const missing = texts.filter((text) => {
      const words = plain(text).split(/\s+/).slice(0, 3).join(' ');
      return !titles.some((title) => title.split(/\s+/).join(' ').startsWith(words));
    });
    assert.deepEqual(missing, []);
  });

  it('has every cause of SAFE', () => {
    for (const cause of [...SELF_CLEARING_CAUSES, ...LATCHED_CAUSES]) {
      assert.ok(SECTIONS.has(`\`${cause}\``), cause);
    }
  });

  it('says of each what is done already, and what to do, step by step', () => {
    for (const [title, section] of SECTIONS) {
      assert.match(section, /\*\*Already\s+done:\*\*\s+\S/, title);
      assert.match(section, /^1\. \S/m, title);
    }
  });

  it('has every state of daemon, book and order', () => {
    const machines = [
      createDaemonMachine({} as never),
      createTradingMachine(),
      createHedgeMachine(),
    ];
    for (const machine of machines) {
      const states = leavesOf(machine.config as Config);
      assert.ok(states.length >= 8);
      for (const state of states) assert.ok(PAGE.includes(`\`${state}\``), state);
    }
  });

  it('has all that can degrade the daemon', () => {
    const table = /DEGRADED_EFFECTS[^{]*\{\n([\s\S]*?)^\};/m.exec(textOf('actors/book/assess.ts'));
    const reasons = [...(table?.[1] ?? '').matchAll(/^ {2}([a-z_]+): \{/gm)].map(
      ([, name = '']) => name,
    );
    assert.ok(reasons.length >= 10, reasons.join());
    const [, chapter = ''] = PAGE.split('## What degrades the daemon');
    for (const reason of reasons) assert.ok(chapter.includes(`\`${reason}\``), reason);
  });

  it('has all that a monitor says of a daemon', () => {
    const source = textOf('src/monitor/liveness.ts') + textOf('src/monitor/reads.ts');
    const reasons = ['daemon_dead', 'daemon_frozen', 'daemon_stopped', 'database_behind'];
    for (const reason of [...reasons, 'view_missing', 'view_old', 'no_daemon']) {
      assert.ok(source.includes(`'${reason}'`), `${reason} is no reason any more`);
      assert.ok(PAGE.includes(`\`${reason}\``), reason);
    }
  });
});

interface Config {
  readonly states?: Readonly<Record<string, Config>>;
}

/** Passed through within a turn: nobody sees them. */
const FLEETING = new Set(['assessing']);

/** States that a status shows. */
function leavesOf({ states = {} }: Config): readonly string[] {
  return Object.entries(states).flatMap(([name, state]) => {
    if (state.states !== undefined) return leavesOf(state);
    return FLEETING.has(name) ? [] : [name];
  });
}
