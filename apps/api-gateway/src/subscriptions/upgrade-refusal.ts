import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request that never becomes a connection. */
export class UpgradeRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'UpgradeRefusal';
  }
}

const retrySeconds = 5;

export const refuseUpgrade = (socket: Duplex, { status, message }: UpgradeRefusal): void => {
  const body = JSON.stringify({ errors: [{ message }] });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    ...(status === 503 || status === 429 ? [`retry-after: ${retrySeconds}`] : []),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
};
