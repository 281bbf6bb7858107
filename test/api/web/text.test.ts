import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import type { HedgeOutcome } from '../../../machines/hedge.ts';
import { en } from '../../../src/api/web/text/en.ts';
import { accountsEn, accountsZh } from '../../../src/api/web/text/pages/accounts.ts';
import { backtestsEn, backtestsZh } from '../../../src/api/web/text/pages/backtests.ts';
import { bookPageEn, bookPageZh } from '../../../src/api/web/text/pages/book.ts';
import { explainEn, explainZh } from '../../../src/api/web/text/pages/explain.ts';
import { inspectionEn, inspectionZh } from '../../../src/api/web/text/pages/inspector.ts';
import { logsEn, logsZh } from '../../../src/api/web/text/pages/logs.ts';
import { membersEn, membersZh, OUTSIDER_WORDS } from '../../../src/api/web/text/pages/members.ts';
import { operationsEn, operationsZh } from '../../../src/api/web/text/pages/operations.ts';
import { statisticsEn, statisticsZh } from '../../../src/api/web/text/pages/statistics.ts';
import { systemEn, systemZh } from '../../../src/api/web/text/pages/system.ts';
import {
  GATE_WORDS,
  OUTCOME_WORDS,
  REASON_WORDS,
  SPACE_WORDS,
  STATE_WORDS,
} from '../../../src/api/web/text/words.ts';
import { zh } from '../../../src/api/web/text/zh.ts';
import { GATES } from '../../../src/domain/gates.ts';
import type { OutsiderReason } from '../../../src/domain/legs.ts';
import { MACHINES } from '../../../src/engine/definitions.ts';
import { ROOT } from '../../support/tidy/source.ts';

/** The compiler keeps them complete. */
const OUTCOMES: Readonly<Record<HedgeOutcome, true>> = {
  ...{ skipped: true, filled: true, partial: true, cancelled: true },
  ...{ never_live: true, reject: true, fault: true },
};

const OUTSIDERS: Readonly<Record<OutsiderReason, true>> = {
  ...{ excluded: true, dte_below_min: true, dte_above_max: true, outside_atm_band: true },
  ...{ spot_unknown: true, awaits_confirmation: true, expired: true },
  ...{ adjusted_deliverable: true, book_full: true },
};

const NOT_TRANSLATED = new Set(['Bifrost', 'IB', 'Delta', 'Gamma', 'Theta', 'Vega', 'Actor']);

/** Each page that brings its own texts. */
const PAGES: readonly (readonly [name: string, en: object, zh: object])[] = [
  ['shell', en, zh],
  ['book', bookPageEn, bookPageZh],
  ['operations', operationsEn, operationsZh],
  ['explain', explainEn, explainZh],
  ['accounts', accountsEn, accountsZh],
  ['backtests', backtestsEn, backtestsZh],
  ['inspector', inspectionEn, inspectionZh],
  ['logs', logsEn, logsZh],
  ['members', membersEn, membersZh],
  ['statistics', statisticsEn, statisticsZh],
  ['system', systemEn, systemZh],
];

function textsOf(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`));
}

describe('the words of the page', () => {
  it.each(PAGES)('are all there in Chinese, and in Chinese: %s', (_, inEnglish, inChinese) => {
    const english = new Map(textsOf(inEnglish, ''));
    const chinese = textsOf(inChinese, '');
    assert.deepEqual(new Set(chinese.map(([path]) => path)), new Set(english.keys()));
    const left = chinese.filter(([path, text]) => {
      return !/\p{Script=Han}/u.test(text) && !NOT_TRANSLATED.has(text) && path !== '.name';
    });
    assert.deepEqual(left, []);
  });

  it('name every gate, state and outcome in both languages', () => {
    assert.deepEqual(Object.keys(GATE_WORDS), GATES.map(({ id }) => id) as readonly string[]);
    for (const state of leafStates()) assert.ok(STATE_WORDS[state], state);
    assert.ok(lampReasons().length >= 18, lampReasons().join());
    for (const reason of lampReasons()) assert.ok(REASON_WORDS[reason], reason);
    assert.deepEqual(Object.keys(OUTCOME_WORDS).sort(), Object.keys(OUTCOMES).sort());
    assert.deepEqual(Object.keys(OUTSIDER_WORDS).sort(), Object.keys(OUTSIDERS).sort());
    const states = [SPACE_WORDS, STATE_WORDS, OUTCOME_WORDS];
    const tables = [GATE_WORDS, REASON_WORDS, OUTSIDER_WORDS, ...states];
    const words = tables.flatMap(Object.values);
    for (const [english, chinese] of words) {
      assert.match(english, /^[\p{Script=Latin}\d ,.:;’&-]+$/u);
      assert.match(chinese, /\p{Script=Han}/u);
    }
  });
});

/** What the run-book has of the lamp's reasons. */
function lampReasons(): readonly string[] {
  const book = readFileSync(join(ROOT, 'docs/run-book.md'), 'utf8');
  const chapters = ['What degrades the daemon', 'What a monitor says of a daemon'];
  return chapters.flatMap((title) => {
    const chapter = book.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
    const names = [...chapter.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell);
    return names.join().match(/[a-z_]{3,}/g) ?? [];
  });
}

/** Public states: those of the books' machines, and the daemon's that are a `daemon_state`. */
function leafStates(): readonly string[] {
  const books = [MACHINES.trading(), MACHINES.hedge()].flatMap(({ states }) => Object.keys(states));
  const daemon = Object.keys(MACHINES.daemon().states['lifecycle']?.states ?? {}).filter(
    (state) => state !== 'operating',
  );
  return [...books, ...daemon, 'running', 'running_suspended', 'flattening', 'degraded'];
}
