import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { pageLink } from '../../src/cli/page-link.ts';

describe('the link to the page', () => {
  it.each([
    ['http://127.0.0.1:8765', 'http://127.0.0.1:8765'],
    ['http://desk:8765', 'http://desk:8765'],
    ['http://0.0.0.0:8765', 'http://127.0.0.1:8765'],
    ['http://[::]:8765', 'http://[::1]:8765'],
  ])('of a server on %s can be opened on its host: %s', (url, address) => {
    const [link = '', later = ''] = pageLink(url, 'abc');
    assert.ok(link.endsWith(` ${address}/#code=abc`), link);
    assert.ok(later.includes(`afterwards ${address})`), later);
  });
});
