/** `npm run schema`: writes `src/store/schema.json` after a migration was added. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSchema } from '../../src/store/schema.ts';
import { startTestPostgres } from './postgres.ts';
import { ROOT } from './tidy/source.ts';

const { pool, close } = await startTestPostgres();
const schema = await describeSchema(pool);
writeFileSync(join(ROOT, 'src/store/schema.json'), `${JSON.stringify(schema, null, 2)}\n`);
await close();
