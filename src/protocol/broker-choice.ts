/** Which broker the operator chose on the page or by the API: what the next start connects to. */

import { z } from 'zod';

/** Ports by their names, as TWS and IB Gateway are shipped. */
const CHOSEN_PORT_TYPES = ['tws_live', 'tws_paper', 'gateway_live', 'gateway_paper'] as const;

export const ibChoice = z.strictObject({
  ib_host: z.string().regex(/^[A-Za-z0-9:][A-Za-z0-9.:-]{0,253}$/, 'a host name or IP address'),
  ib_port_type: z.enum(CHOSEN_PORT_TYPES),
});
export type IbChoice = Readonly<z.output<typeof ibChoice>>;

/** Keeps a choice for the next start. */
export interface BrokerChoices {
  /** Throws `Fault('conflict')` for one that cannot be used or kept here. */
  choose(choice: IbChoice): Promise<void>;
}
