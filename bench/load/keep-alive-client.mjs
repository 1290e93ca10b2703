import { createConnection } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;

/**
 * One keep-alive connection that sends the same request again and again, cheaply: the email's digits are written into its own
 * copy of the bytes. Answers must carry a content-length. `onAnswer(isGood, text)` follows each; text only for a bad one.
 */
export class KeepAliveClient {
  constructor({ port, bytes, digitsAt, digits, expect }, onAnswer, onFailure) {
    this.bytes = Buffer.from(bytes);
    this.digitsAt = digitsAt;
    this.digits = digits;
    this.expect = Buffer.from(expect);
    this.onAnswer = onAnswer;
    this.pending = null;
    this.socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk) => this.onData(chunk));
    this.socket.on('error', onFailure);
    this.socket.on('close', () => onFailure(new Error('the server closed a connection')));
    this.connected = new Promise((resolve) => this.socket.once('connect', resolve));
  }

  /** Sends the signature of person `number`. Not before the answer to the one before. */
  send(number) {
    for (let rest = number, at = this.digitsAt + this.digits - 1; at >= this.digitsAt; at -= 1) {
      this.bytes[at] = 48 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.socket.write(this.bytes);
  }

  onData(chunk) {
    const bytes = this.pending ? Buffer.concat([this.pending, chunk]) : chunk;
    const headEnd = bytes.indexOf(HEAD_END);
    const length = headEnd < 0 ? null : LENGTH.exec(bytes.latin1Slice(0, headEnd + 2));
    if (headEnd >= 0 && !length) return this.socket.destroy(new Error('an answer without content-length'));
    if (headEnd < 0 || bytes.length < headEnd + 4 + Number(length[1])) {
      this.pending = bytes;
      return undefined;
    }
    this.pending = null;
    // Bytes 9 to 12 of "HTTP/1.1 200".
    const isGood = bytes[9] === 50 && bytes[10] === 48 && bytes.indexOf(this.expect, headEnd) > 0;
    return this.onAnswer(isGood, isGood ? '' : bytes.toString('utf8', 0, 1500));
  }

  close() {
    this.socket.removeAllListeners('close');
    this.socket.destroy();
  }
}
