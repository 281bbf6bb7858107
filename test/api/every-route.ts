/** Every route of the API with input that it takes, for tests that go through all of them. */

import type { Route } from '../../src/api/route.ts';
import { engineRoutes, type RoutePorts } from '../../src/api/routes.ts';
import { sessionRoutes } from '../../src/api/session-routes.ts';

// Routes are described without asking the ports anything.
export const ROUTES: readonly Route[] = [
  ...engineRoutes({} as RoutePorts),
  ...sessionRoutes({} as Parameters<typeof sessionRoutes>[0]),
];

const PARAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': { symbol: 'NVDA', order_ref: 'demo:ab12:7', name: 'none', run: 'none' },
  '/machines/:id': { id: 'daemon' },
};

/** A path of `route` that leads to something. */
export function pathOf({ path }: Route): string {
  return path.replace(/:(\w+)/g, (_, name: string) => {
    const own = path.startsWith('/machines/:id') ? PARAMS['/machines/:id'] : undefined;
    return own?.[name] ?? PARAMS['']?.[name] ?? 'x';
  });
}
