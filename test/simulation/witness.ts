/**
 * Sees that the journal comes before its effects: when the exchange meets an order of ours, a
 * modification or a cancel, the record that decided it must stand on the disk, and say the same.
 */

import { zstdDecompressSync } from 'node:zlib';
import type { Exchange } from '../../src/gateway/sim/exchange.ts';
import type { Venue, VenueOrderRequest } from '../../src/gateway/sim/venue.ts';
import type { BrokerCommand } from '../../src/protocol/broker.ts';
import { decodeRecord } from '../../src/protocol/records.ts';
import { compressedPath, FRAME_HEADER_BYTES } from '../../src/store/journal-frame.ts';
import type { SimulatedDisk } from './disk.ts';
import { isOurs } from './truth.ts';

type OrderCommand = Extract<
  BrokerCommand,
  { readonly type: 'order.submit' | 'order.modify' | 'order.cancel' }
>;

/** A decision, and where its record ends on the disk. */
interface Written {
  readonly command: OrderCommand;
  readonly path: string;
  readonly end: number;
  /** It was found on the disk once; old segments go. */
  held: boolean;
}

const MARK = Buffer.from('"order.');

export class Witness {
  readonly #disk: SimulatedDisk;
  /** The policy is to sync each record: then it must outlive a power cut as well. */
  readonly #lasting: boolean;
  readonly #check: (look: () => void) => void;
  /** Records that may hold a decision about an order, not looked at yet. */
  #unread: { readonly path: string; readonly end: number; readonly bytes: Buffer }[] = [];
  readonly #written = new Map<string, Written[]>();
  /** Under which id of the broker each reference of ours came. */
  readonly #ids = new Map<string, string>();
  /** Orders that a breaking engine may take back without a decision. */
  readonly #excused = new Set<string>();
  /** Orders, modifications and cancels that were looked at. */
  looked = 0;

  constructor(disk: SimulatedDisk, lasting: boolean, check: (look: () => void) => void) {
    this.#disk = disk;
    this.#lasting = lasting;
    this.#check = check;
    disk.onAppend = (path, bytes, end) => {
      // A segment that is written anew holds what was read when it was written first.
      if (!path.includes('/journal-') || path.endsWith('.new')) return;
      const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (all.includes(MARK)) this.#unread.push({ path, end, bytes: Buffer.from(all) });
    };
  }

  /** The exchange as its gateway shall see it: everything that reaches it is looked at first. */
  beside(exchange: Exchange): Venue {
    return {
      ...exchange,
      place: (request) => {
        this.#check(() => this.#placed(request));
        exchange.place(request);
      },
      cancel: (clientId, orderId) => {
        this.#check(() => this.#cancelled(exchange, clientId, orderId));
        exchange.cancel(clientId, orderId);
      },
    };
  }

  /** The engine broke: nothing can be written any more, and what may be alive is cancelled. */
  engineBroke(): void {
    this.#catchUp();
    for (const orderRef of this.#written.keys()) this.#excused.add(orderRef);
  }

  #placed(request: VenueOrderRequest): void {
    const { orderRef, clientId, orderId, side, quantity, limitPrice, conId, whatIf } = request;
    // What is only asked about trades nothing.
    if (whatIf || !isOurs(orderRef)) return;
    const id = `${clientId}/${orderId}`;
    const known = this.#ids.get(orderRef) ?? id;
    if (known !== id) throw new Error(`invariant 6: ${orderRef} came as ${known} and as ${id}`);
    this.#ids.set(orderRef, id);
    const decided = this.#heldOf(orderRef).flatMap(({ command }) =>
      command.type === 'order.cancel' ? [] : [command.order],
    );
    const here = `${side} ${quantity} of ${conId} at ${limitPrice}`;
    const there = decided.map((one) => {
      return `${one.side} ${one.quantity} of ${one.contract.conId} at ${one.limitPrice}`;
    });
    if (there.includes(here)) return;
    throw new Error(
      `journal first: ${orderRef} is ${here} at the exchange, and in the journal ` +
        `${there.join(', then ') || 'nowhere'}`,
    );
  }

  #cancelled(exchange: Exchange, clientId: number, orderId: number): void {
    const order = exchange
      .openOrders()
      .find((one) => one.clientId === clientId && one.orderId === orderId);
    if (order === undefined || !isOurs(order.orderRef)) return;
    const { orderRef } = order;
    if (this.#excused.has(orderRef)) return;
    if (this.#heldOf(orderRef).some(({ command }) => command.type === 'order.cancel')) return;
    throw new Error(`journal first: the cancel of ${orderRef} is in the journal nowhere`);
  }

  /** What the disk holds now about an order. */
  #heldOf(orderRef: string): readonly Written[] {
    this.looked += 1;
    this.#catchUp();
    const all = this.#written.get(orderRef) ?? [];
    for (const one of all) one.held ||= this.#holds(one);
    return all.filter(({ held }) => held);
  }

  /** In its segment, or in what a compressed one has become: an order can be long on its way. */
  #holds({ path, end }: Written): boolean {
    if (this.#disk.holds(path, end, this.#lasting)) return true;
    const compressed = this.#disk.content(compressedPath(path));
    return compressed !== null && zstdDecompressSync(compressed).length >= end;
  }

  #catchUp(): void {
    for (const { path, end, bytes } of this.#unread) this.#read(path, end, bytes);
    this.#unread = [];
  }

  #read(path: string, end: number, bytes: Buffer): void {
    // A record that a death cut short decides nothing.
    if (bytes.length < FRAME_HEADER_BYTES) return;
    if (bytes.length < FRAME_HEADER_BYTES + bytes.readUInt32LE(0)) return;
    const { effects } = decodeRecord(bytes.subarray(FRAME_HEADER_BYTES));
    for (const effect of effects) {
      if (effect.kind !== 'send') continue;
      const command = effect.message as BrokerCommand;
      if (!isOrderCommand(command)) continue;
      const orderRef = command.type === 'order.cancel' ? command.orderRef : command.order.orderRef;
      const known = this.#written.get(orderRef) ?? [];
      this.#written.set(orderRef, [...known, { command, path, end, held: false }]);
    }
  }
}

function isOrderCommand(command: BrokerCommand): command is OrderCommand {
  return ['order.submit', 'order.modify', 'order.cancel'].includes(command.type);
}
