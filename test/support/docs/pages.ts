/** Every page and file that is made from the sources. */

import { alarmsPage } from './alarms.ts';
import { apiOperations, apiPage } from './api.ts';
import { brokerCodesPage } from './broker-codes.ts';
import { chartLayouts } from './chart-layouts.ts';
import { cliPage } from './cli.ts';
import { configurationFiles } from './config-reference.ts';
import { databasePage } from './database.ts';
import { faultsPage } from './faults.ts';
import { performancePage } from './figures.ts';
import { gatesPage } from './gates.ts';
import type { GeneratedFile } from './generated.ts';
import { machinesPage } from './machines.ts';
import { metricsPage } from './metrics.ts';
import { scenarioFiles } from './scenarios.ts';

/** Their content, as it has to be now. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const pages = [apiPage(), apiOperations(), brokerCodesPage(), faultsPage(), machinesPage()];
  return [
    ...configurationFiles(),
    ...scenarioFiles(),
    databasePage(),
    performancePage(),
    metricsPage(),
    gatesPage(),
    alarmsPage(),
    ...pages,
    await cliPage(),
    await chartLayouts(),
  ];
}
