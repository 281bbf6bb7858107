/** Light or dark: as the system says, or as chosen here before. */

import { signal } from '@preact/signals';

const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'bifrost-theme';

export const theme = signal<Theme>('auto');

/** The theme that was chosen before holds from now on. */
export function openTheme(): void {
  apply(THEMES.find((known) => known === chosenBefore()) ?? 'auto');
}

export function nextTheme(): void {
  const chosen = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto';
  apply(chosen);
  try {
    localStorage.setItem(KEY, chosen);
  } catch (thrown) {
    // A browser that keeps nothing for us asks again next time.
    if (!(thrown instanceof DOMException)) throw thrown;
  }
}

function apply(chosen: Theme): void {
  theme.value = chosen;
  const root = document.documentElement;
  if (chosen === 'auto') delete root.dataset['theme'];
  else root.dataset['theme'] = chosen;
}

function chosenBefore(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch (thrown) {
    if (thrown instanceof DOMException) return null;
    throw thrown;
  }
}
