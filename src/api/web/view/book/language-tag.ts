/**
 * Chromium under `LANG=C` calls its language `en-US@posix`, which `Intl` refuses; uPlot asks for it
 * as it loads, and would not load. Import this before it: a tag that is of no use becomes English.
 */

if (!isUsable(navigator.language)) {
  Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
}

function isUsable(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch (thrown) {
    if (thrown instanceof RangeError) return false;
    throw thrown;
  }
}
