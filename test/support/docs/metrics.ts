/** `docs/metrics.md`, from the metrics themselves. */

import { METRICS } from '../../../src/metrics/metrics.ts';
import { STAGES } from '../../../src/protocol/stages.ts';
import { type GeneratedFile, madeFrom, markdownTable } from './generated.ts';

/** The page. */
export function metricsPage(): GeneratedFile {
  const rows = METRICS.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  const stages = Object.entries(STAGES).map(([stage, help]) => [`\`${stage}\``, help]);
  const content = `# Metrics

${madeFrom('src/metrics')}

\`GET /metrics\` tells all of these to Prometheus. On loopback it is open, as every read; beyond it
the scraper sends the token of the data directory:

\`\`\`yaml
scrape_configs:
  - job_name: bifrost
    scrape_interval: 5s
    authorization: { credentials_file: /path/to/data/api-token }
    static_configs: [{ targets: ['127.0.0.1:8765'] }]
rule_files: [/path/to/config/prometheus/rules.yaml]
\`\`\`

\`config/grafana/bifrost.json\` is a dashboard to import, \`config/prometheus/rules.yaml\` the alert
rules; a test looks that each metric they name is told by a scrape. A metric without a value now,
such as the spot of a book without quotes, has no line. \`bifrost monitor\` tells what it reads in
the database, and nothing of what the engine counts.

${markdownTable(['Metric', 'Type', 'Labels', 'Meaning'], rows)}

## The stages

Each in seconds. A record that time alone caused, because a volatility became too old, counts the
age of its newest tick.

${markdownTable(['Stage', 'From → to'], stages)}
`;
  return { path: 'docs/metrics.md', content };
}
