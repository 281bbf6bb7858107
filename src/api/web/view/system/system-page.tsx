/** The system page: the machines and actors that make the daemon. */

import { MachinesSection } from '../machines.tsx';

export function SystemPage() {
  return <MachinesSection />;
}
