/** The way to every page: links, so that each can be opened beside, kept and sent on. */

import { useEffect, useRef } from 'preact/hooks';
import { addressOf, PAGE_NAMES } from '../state/address.ts';
import { place } from '../state/place.ts';
import { texts } from '../text/language.ts';
import { LanguageSwitch, ThemeSwitch } from './controls.tsx';

export function Navigation() {
  const t = texts().pages;
  const { page } = place.value;
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    // On a narrow screen the list is longer than the screen is wide.
    const open = list.current?.querySelector('[aria-current]');
    open?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [page]);
  return (
    <div class="pages">
      <nav aria-label={t.label}>
        <ul ref={list}>
          {PAGE_NAMES.map((name) => (
            <li key={name}>
              <a href={addressOf(name)} aria-current={name === page ? 'page' : undefined}>
                {t.names[name]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <ThemeSwitch />
      <LanguageSwitch />
    </div>
  );
}
