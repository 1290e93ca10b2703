import type { WebSocket } from 'ws';
import type { SocketLimits } from './socket-limits';

/** Close codes of RFC 6455. */
export const closeCodes = { goingAway: 1001, protocolError: 1002, unsupported: 1003, policy: 1008, fault: 1011 };

const longestReason = 120;
const unprintable = /[^\x20-\x7e]/g;

/** One WebSocket: texts in, texts out, within the limits. A client that does not read is cut; one that says nothing for
 *  `silenceMs` is closed. */
export class SocketConnection {
  private readonly silence: NodeJS.Timeout;
  private isDeaf = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly limits: Pick<SocketLimits, 'silenceMs' | 'mostUnsentBytes' | 'mostUnsentBytesInAll'>,
    private readonly unsentInAll: () => number,
  ) {
    this.silence = setTimeout(() => this.endSilence(), limits.silenceMs).unref();
    socket.on('pong', () => this.silence.refresh());
    // The library closes the connection itself after telling of an error, such as a message that is too large.
    socket.on('error', () => undefined);
    socket.on('close', () => clearTimeout(this.silence));
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  get unsentBytes(): number {
    return this.socket.bufferedAmount;
  }

  onText(listener: (text: string) => void): void {
    this.socket.on('message', (data, isBinary) => {
      this.silence.refresh();
      if (this.isDeaf) return;
      if (isBinary) this.close(closeCodes.unsupported, 'Text messages only');
      else listener(String(data));
    });
  }

  onClose(listener: (code: number, reason: string) => void): void {
    this.socket.once('close', (code, reason) => listener(code, String(reason)));
  }

  send(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    const unsent = this.unsentBytes;
    const { mostUnsentBytes, mostUnsentBytesInAll } = this.limits;
    if (unsent > mostUnsentBytes || (unsent > 0 && this.unsentInAll() > mostUnsentBytesInAll)) {
      this.socket.terminate();
      return;
    }
    this.socket.send(text);
  }

  ping(): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  /** The library gives the other side 30 s for its close frame. */
  close(code: number, reason: string): void {
    this.isDeaf = true;
    this.socket.close(code, reason.replace(unprintable, '?').slice(0, longestReason));
  }

  /** What arrives from now on is not read. */
  stopReading(): void {
    this.isDeaf = true;
  }

  terminate(): void {
    this.socket.terminate();
  }

  /** A client that has vanished does not answer a close frame either. */
  private endSilence(): void {
    this.close(closeCodes.goingAway, 'Nothing heard for too long');
    setTimeout(() => this.terminate(), goodbyeMs).unref();
  }
}

const goodbyeMs = 1_000;
