/** The operations page: what was done, newest first. */

import { OperationsSection } from '../operations.tsx';

export function OperationsPage() {
  return <OperationsSection />;
}
