/** Every page and file that is made from the sources. */

import { brokerCodesPage } from './broker-codes.ts';
import { configurationFiles } from './config-reference.ts';
import { faultsPage } from './faults.ts';
import type { GeneratedFile } from './generated.ts';
import { machinesPage } from './machines.ts';
import { scenarioFiles } from './scenarios.ts';

export function generatedFiles(): readonly GeneratedFile[] {
  const pages = [brokerCodesPage(), faultsPage(), machinesPage()];
  return [...configurationFiles(), ...scenarioFiles(), ...pages];
}
