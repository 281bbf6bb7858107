/** The operations page: what was done, newest first. */

import { LatestOperations } from './latest.tsx';

export function OperationsPage() {
  return <LatestOperations />;
}
