/** The page is built once, by `prepare`; the daemon serves what it finds in `dist/web`. */

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** A daemon whose data `vite src/api/web` shows while the page is worked on. */
const DAEMON = 'http://127.0.0.1:8765';
const ROUTES = ['status', 'operations', 'machines', 'explain', 'actors', 'events', 'session'];

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../../../dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // Where light-dark() begins.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Pages are scripts of their own; what today's browsers do by themselves needs no help.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    proxy: Object.fromEntries([...ROUTES, 'control'].map((route) => [`/${route}`, DAEMON])),
  },
});
