import type { MailEvent } from '../mail-event';
import type { PreparedPage } from './prepared-page';

/** Plain data, so that it survives the way between threads. */
export type ToWorker =
  | { type: 'page'; id: number; events: readonly MailEvent[] }
  /** The page the worker prepared last has been stored, or was given up. */
  | { type: 'acknowledged'; id: number }
  | { type: 'cancel' };

export type FromWorker =
  { type: 'prepared'; id: number; page: PreparedPage } | { type: 'failed'; id: number; reason: string };

export interface WorkerSettings {
  /** Of the keyed hash of addresses. */
  addressKey: Uint8Array;
  /** Shortest time between an acknowledgement and the next page. */
  gapMs: number;
}
