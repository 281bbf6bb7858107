/** `docs/scenarios.md` and `config/scenario.schema.json`, from the schema that reads scenarios. */

import { z } from 'zod';
import { scenarioSchema } from '../../../src/gateway/sim/scenario.ts';
import { type SchemaNode, section } from './config-reference.ts';
import { type GeneratedFile, madeFrom } from './generated.ts';

/** Both files of the scenario schema. */
export function scenarioFiles(): readonly GeneratedFile[] {
  const schema = z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' });
  const titled = { title: 'Scenario of the simulated exchange', ...schema };
  return [
    {
      path: 'config/scenario.schema.json',
      content: `${JSON.stringify(titled, null, 2)}\n`,
    },
    // What zod writes is JSON Schema; the fields read here are checked by the page's test.
    { path: 'docs/scenarios.md', content: page(schema as SchemaNode) },
  ];
}

function page(schema: SchemaNode): string {
  return `# Scenarios

${madeFrom('src/gateway/sim/scenario.ts')}

The world that [the simulated gateway](gateway.md) starts from: one YAML file, of which
\`config/scenarios/\` has some. An unknown key is an error. A file and its seed are a run: the same
requests at the same times give the same ledger. A first line
\`# yaml-language-server: $schema=../scenario.schema.json\` makes editors complete and check it.

Names end in their unit: \`_s\` and \`_ms\` seconds and milliseconds of exchange time, \`_min\` and
\`_h\` minutes and hours, \`_pct\` percent. A day is \`YYYYMMDD\`, a time is New York's unless a
zone follows. The entries of \`faults\` are those of [faults.md](faults.md) with their time.

${section('', schema, 'The whole file')}
`;
}
