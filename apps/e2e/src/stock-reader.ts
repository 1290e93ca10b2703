import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { waitFor } from '@groundswell/testing';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies freely
export type Body = Record<string, any>;

/** Runs the real @proca/queue client against one queue and collects what it hands to its callback. */
export class StockReader {
  readonly messages: Body[] = [];
  private noise = '';

  private constructor(private readonly child: ChildProcess) {
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => this.messages.push(JSON.parse(line) as Body));
    }
    child.stderr?.on('data', (chunk: Buffer) => (this.noise += chunk.toString()));
  }

  static start(amqpUrl: string, queue: string, keys: object): StockReader {
    const keyFile = join(mkdtempSync(join(tmpdir(), 'gs-keys-')), 'keys.json');
    writeFileSync(keyFile, JSON.stringify(keys), { mode: 0o600 });
    const program = join('apps', 'e2e', 'src', 'stock-consumer.mjs');
    const env = { PATH: process.env['PATH'] ?? '' };
    return new StockReader(
      spawn(process.execPath, [program, amqpUrl, queue, keyFile], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** Waits for a message that fits. */
  async find(fits: (message: Body) => boolean, deadlineMs = 30_000): Promise<Body> {
    return waitFor(() => this.messages.find(fits), deadlineMs).catch((error: unknown) => {
      throw new Error(`no such message among ${this.messages.length}; the client says: ${this.noise.slice(-500)}`, {
        cause: error,
      });
    });
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
