/** `npm run schema`: writes `src/store/schema.json` after a migration was added. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../src/fault.ts';
import { migrate } from '../../src/store/migrate.ts';
import { describeSchema } from '../../src/store/schema.ts';
import { silentLog, startTestPostgres } from './postgres.ts';
import { ROOT } from './tidy/source.ts';

const { url, pool, close } = await startTestPostgres({ migrated: false });
try {
  await migrate(url, silentLog);
} catch (error) {
  // It has come to the new schema, which is not the file's: that is why the file is written.
  if (!(error instanceof Fault && error.code === 'database_unusable')) throw error;
}
const schema = await describeSchema(pool);
writeFileSync(join(ROOT, 'src/store/schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
await close();
