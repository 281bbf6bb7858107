import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { describe, it } from 'vitest';

import {
  type DatabaseErrorKind,
  databaseErrorKind,
  databaseFault,
} from '../../src/store/database-error.ts';
import { tempDir } from '../support/temp-dir.ts';

const ofServer = (code: string | undefined): Error => {
  const error = new pg.DatabaseError(`no, says ${code}`, 0, 'error');
  error.code = code;
  return error;
};
const withCode = (code: string): Error => Object.assign(new Error(`with ${code}`), { code });

describe('an error on the way to the database', () => {
  it.each<[DatabaseErrorKind, Error]>([
    ['unreachable', ofServer('57P01')],
    ['unreachable', ofServer('53100')],
    ['unreachable', ofServer('55P03')],
    ['unreachable', ofServer('25006')],
    ['unreachable', new Error('Query read timeout')],
    ['unreachable', new Error('There was an error establishing an SSL connection')],
    ['unreachable', new Error('Received unexpected copyInResponse message from backend.')],
    ['data', ofServer('22003')],
    ['data', ofServer('23505')],
    ['data', ofServer('54000')],
    ['refused', ofServer('42P01')],
    ['refused', ofServer('28P01')],
    // What answers is no server.
    ['refused', ofServer(undefined)],
    ['refused', new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: iteration missing')],
    ['refused', withCode('CERT_HAS_EXPIRED')],
    ['refused', withCode('SELF_SIGNED_CERT_IN_CHAIN')],
    ['refused', withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE')],
    ['refused', withCode('ERR_TLS_CERT_ALTNAME_INVALID')],
    ['foreign', new TypeError('x is not a function')],
    ['foreign', withCode('ENOSPC')],
  ])('is %s: %s', (kind, error) => {
    assert.equal(databaseErrorKind(error), kind);
  });

  it('is of a server that is away where its socket file is', async () => {
    const path = join(tempDir('no-server'), '.s.PGSQL.5432');
    const error = await new Promise<Error>((resolve) => connect(path).once('error', resolve));
    assert.match(error.message, /ENOENT/);
    assert.equal(databaseErrorKind(error), 'unreachable');
  });

  it('names the server in its fault, and never who asks or the password', () => {
    const url = 'postgresql://hedger:hunter2@db.example:6432/bifrost?password=hunter3';
    const fault = databaseFault(ofServer('28P01'), url);
    assert.ok(fault instanceof Error);
    assert.equal(fault.message, 'the database at db.example:6432/bifrost: no, says 28P01');
  });
});
