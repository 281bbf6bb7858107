/** The log of all threads of the daemon: followed as it is written, filtered, searched, paused. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { LogView } from '../../../../protocol/log-view.ts';
import { now } from '../../clock.ts';
import { localTime, localZone, plain } from '../../format.ts';
import { call } from '../../state/http.ts';
import { link, onLogLine, status } from '../../state/live.ts';
import {
  detailText,
  isWanted,
  LINES_MAX,
  type LogFilter,
  withLines,
} from '../../state/log-lines.ts';
import { logsTexts } from '../../text/pages/logs.ts';
import { Table } from '../parts.tsx';
import './logs.css';
import { problemText } from '../sentence.tsx';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const FIRST_ROWS = 200;

export function LogsPage() {
  const t = logsTexts();
  const [filter, setFilter] = useState<LogFilter>({ level: 'info', search: '', book: '' });
  const [paused, setPaused] = useState(false);
  const log = useLog(filter, paused);
  return (
    <section class="section logs" aria-labelledby="logs-title">
      <div class="section-head">
        <h2 id="logs-title">{t.title}</h2>
        <span class="age" role="status">
          {paused ? t.paused : t.following}
          {log.waiting > 0 && ` · ${t.waiting(plain(log.waiting))}`}
        </span>
      </div>
      <Filters filter={filter} onFilter={setFilter} paused={paused} onPause={setPaused} />
      {log.problem !== null && <p class="loss">{problemText(log.problem, t.failed)}</p>}
      {log.lines === null ? (
        log.problem === null && <p class="empty">{t.reading}</p>
      ) : (
        <Lines lines={log.lines} />
      )}
      {log.nextBefore !== null && (
        <button type="button" class="quiet" onClick={log.readOlder}>
          {t.older}
        </button>
      )}
    </section>
  );
}

interface FiltersProps {
  readonly filter: LogFilter;
  readonly onFilter: (filter: LogFilter) => void;
  readonly paused: boolean;
  readonly onPause: (paused: boolean) => void;
}

function Filters({ filter, onFilter, paused, onPause }: FiltersProps) {
  const t = logsTexts();
  const books = status.value?.value.books.map(({ symbol }) => symbol) ?? [];
  return (
    <div class="filters">
      <label>
        {t.level}{' '}
        <select
          value={filter.level}
          onChange={({ currentTarget: { value } }) => {
            const level = LEVELS.find((one) => one === value);
            if (level !== undefined) onFilter({ ...filter, level });
          }}
        >
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {level}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.book}{' '}
        <select
          value={filter.book}
          onChange={({ currentTarget: { value } }) => onFilter({ ...filter, book: value })}
        >
          <option value="">{t.every}</option>
          {books.map((symbol) => (
            <option key={symbol}>{symbol}</option>
          ))}
        </select>
      </label>
      <input
        type="search"
        placeholder={t.search}
        aria-label={t.search}
        value={filter.search}
        onInput={({ currentTarget: { value } }) => onFilter({ ...filter, search: value.trim() })}
      />
      <button type="button" aria-pressed={paused} onClick={() => onPause(!paused)}>
        {paused ? t.resume : t.pause}
      </button>
    </div>
  );
}

function Lines({ lines }: { readonly lines: readonly LogView[] }) {
  const t = logsTexts();
  if (lines.length === 0) return <p class="empty">{t.none}</p>;
  return (
    <Table label={`${t.title}, ${t.count(plain(lines.length))}`} class="log-lines">
      <thead>
        <tr>
          <th scope="col">
            {t.time}, {localZone(now.value)}
          </th>
          <th scope="col">{t.text}</th>
          <th scope="col">{t.source}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </tbody>
    </Table>
  );
}

function Line({ line }: { readonly line: LogView }) {
  const { level, ts, text, thread, actor, book } = line;
  const detail = detailText(line.detail);
  return (
    <tr class={`log-${level}`} data-level={level}>
      <td class="number">{localTime(ts * 1000, now.value)}</td>
      <td lang="en">
        <code class="log-level">{level}</code> {text}
        {detail !== '' && <span class="unit log-detail">{detail}</span>}
      </td>
      <td>{[...new Set([book, actor ?? thread])].filter(Boolean).join(', ')}</td>
    </tr>
  );
}

interface Read {
  readonly lines: readonly LogView[] | null;
  readonly nextBefore: number | null;
  readonly problem: string | null;
}

const NOTHING: Read = { lines: null, nextBefore: null, problem: null };

/** What the filters let through: what is kept there, and what comes while it is not paused. */
function useLog(filter: LogFilter, paused: boolean) {
  const [read, setRead] = useState<Read>(NOTHING);
  const [waiting, setWaiting] = useState<readonly LogView[]>([]);
  const held = useRef(paused);
  held.current = paused;
  const connected = link.value === 'live';
  const key = `${filter.level} ${filter.book} ${filter.search}`;
  // `key` stands for all that is asked for.
  useEffect(() => {
    let gone = false;
    setWaiting([]);
    if (!connected) return;
    const take = (line: LogView): void => {
      if (!isWanted(line, filter)) return;
      if (held.current) setWaiting((before) => withLines(before, [line]));
      else setRead((before) => ({ ...before, lines: withLines(before.lines ?? [], [line]) }));
    };
    const end = onLogLine(take);
    void call('logs', { ...queryOf(filter), limit: FIRST_ROWS }).then((answer) => {
      if (gone) return;
      if (answer.kind !== 'ok') {
        const problem = answer.kind === 'refused' ? answer.message : '';
        setRead((before) => ({ ...before, problem }));
        return;
      }
      const { lines, next_before: nextBefore } = answer.body;
      setRead({ lines, nextBefore, problem: null });
    });
    return () => {
      gone = true;
      end();
    };
  }, [key, connected]);
  useEffect(() => {
    if (paused) return;
    setRead((before) => ({ ...before, lines: withLines(before.lines ?? [], waiting) }));
    setWaiting([]);
  }, [paused]);
  const readOlder = async (): Promise<void> => {
    const before = read.nextBefore;
    if (before === null) return;
    const answer = await call('logs', { ...queryOf(filter), limit: FIRST_ROWS, before });
    if (answer.kind !== 'ok') return;
    const { lines, next_before: next } = answer.body;
    setRead((known) => {
      const all = withLines(known.lines ?? [], lines);
      return { lines: all, nextBefore: all.length < LINES_MAX ? next : null, problem: null };
    });
  };
  return { ...read, waiting: waiting.length, readOlder: () => void readOlder() };
}

function queryOf({ level, search, book }: LogFilter) {
  return { level, ...(search !== '' && { search }), ...(book !== '' && { book }) };
}
