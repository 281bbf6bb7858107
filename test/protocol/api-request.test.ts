import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { apiRequest } from '../../src/protocol/api-request.ts';

describe('a request to the API', () => {
  it('carries what stands in path and query there', () => {
    assert.deepEqual(apiRequest('transitions', { id: 'hedge:NVDA', limit: 5 }), {
      method: 'GET',
      path: '/machines/hedge%3ANVDA/transitions?limit=5',
      body: undefined,
    });
    assert.equal(apiRequest('operations', {}).path, '/operations');
    assert.equal(apiRequest('explain', { symbol: 'BRK B' }).path, '/explain/BRK%20B');
  });

  it('carries the rest in its body, and of a command always one', () => {
    assert.deepEqual(apiRequest('machineEvent', { id: 'daemon', type: 'SUSPEND' }), {
      method: 'POST',
      path: '/machines/daemon/events',
      body: '{"type":"SUSPEND"}',
    });
    assert.equal(apiRequest('stop', {}).body, '{}');
  });
});
