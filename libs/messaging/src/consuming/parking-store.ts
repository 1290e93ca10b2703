/** One message set aside for a person. */
export interface ParkedMessage {
  queue: string;
  messageId: string;
  /** A short fixed phrase or an error code; never personal data. */
  reason: string;
  details?: Record<string, unknown>;
  /** The body as it came. */
  body: Buffer;
  headers: Record<string, unknown>;
}

/** The service's parked table. Written before the ack, so a message may be parked twice under the same queue and id:
 *  the second is the same row. */
export interface ParkingStore {
  park(rows: ParkedMessage[]): Promise<void>;
}
