/**
 * A real Chromium for tests: the one that comes from the registry, unpacked below the checkout's
 * `.tmp`, and the page as it is built from the sources at hand. Whatever a page says that it should
 * not (errors on its console, violations of its content policy) is collected beside it.
 */

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll } from 'vitest';

import { isAlive } from '../../src/store/process-identity.ts';
import { waitFor } from '../../src/store/wait.ts';
import { mono, ROOT } from './program.ts';

export interface Tab {
  readonly page: Page;
  /** Console errors, uncaught errors and policy violations so far. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Its own defaults crash on closing a context, and switch web security off. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
const LIBRARY_FOLDERS = ['/lib64', '/usr/lib64', '/usr/lib', '/lib/*-linux-gnu'] as const;

/** Here, for the whole file: a hook that `startBrowser` registered in a hook would never run. */
const browsers: Browser[] = [];
afterAll(async () => {
  for (const browser of browsers) await browser.close();
});

/** Starts it for the file; it ends with the file. Call it in a `beforeAll`. */
export async function startBrowser(): Promise<Browser> {
  const before = { ...process.env };
  const temporary = join(ROOT, '.tmp/browser');
  mkdirSync(temporary, { recursive: true });
  // It unpacks to the temporary directory, which on a shared machine may be another user's.
  process.env['TMPDIR'] = temporary;
  // Where the system has no NSS, the package brings its libraries, for those who say so.
  if (!hasNss()) process.env['AWS_EXECUTION_ENV'] = 'AWS_Lambda_nodejs24.x';
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    const executablePath = await alone('unpacking', () => packed.executablePath());
    const env = definedOf(process.env);
    const browser = await chromium.launch({ executablePath, args: FLAGS, env });
    browsers.push(browser);
    return browser;
  } finally {
    for (const name of ['TMPDIR', 'AWS_EXECUTION_ENV', 'LD_LIBRARY_PATH', 'FONTCONFIG_PATH']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

/** A browser window of its own, signed in nowhere, at `url`. */
export async function openTab(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Tab> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: 'en-US',
    timezoneId: 'America/New_York',
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    // A violation of the policy is written to the console as an error too.
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.setDefaultTimeout(15_000);
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** Builds the page unless what is built is newer than all it is made of. */
export function buildPage(): Promise<void> {
  return alone('building', () => {
    const built = join(ROOT, 'dist/web/index.html');
    const sources = globSync('src/api/web/**/*.*', { cwd: ROOT }).map((path) => join(ROOT, path));
    const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
    if (existsSync(built) && statSync(built).mtimeMs > newest) return;
    const vite = join(ROOT, 'node_modules/.bin/vite');
    const { status, stderr } = spawnSync(vite, ['build', 'src/api/web', '--logLevel', 'warn'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the page cannot be built: ${stderr}`);
  });
}

const ALONE_MS = 60_000;

/** Files run side by side: what writes to the checkout is done by one of them at a time. */
async function alone<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const lock = join(ROOT, '.tmp/browser', what);
  mkdirSync(join(lock, '..'), { recursive: true });
  const taken = await waitFor(mono, ALONE_MS, () => {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return true;
    } catch {
      // Whoever died with it has not freed it. What is half written names no process.
      const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
      if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
      return null;
    }
  });
  if (taken === null) throw new Error(`another test holds ${lock} for too long`);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function hasNss(): boolean {
  return LIBRARY_FOLDERS.some((folder) => globSync(`${folder}/libnss3.so`).length > 0);
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
