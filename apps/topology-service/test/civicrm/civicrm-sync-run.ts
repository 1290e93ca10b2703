import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The sample integration as an org runs it: built, and as a process of its own. */
export class CiviCrmSyncRun {
  private child: ChildProcess | undefined;
  private end: Promise<number | null> = Promise.resolve(null);
  /** Both outputs: the client writes to one, the sample to the other. */
  output = '';

  private constructor(private readonly folder: string) {}

  static async build(): Promise<CiviCrmSyncRun> {
    // Below the checkout, where packages are found.
    mkdirSync('dist', { recursive: true });
    const folder = mkdtempSync(join(process.cwd(), 'dist', 'civicrm-'));
    const programs = { [join(folder, 'civicrm-sync.js')]: join(process.cwd(), 'tools/src/civicrm-sync.ts') };
    const build = `import { bundle } from './tools/build/bundle.mjs'; await bundle(${JSON.stringify(programs)});`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', build]);
    return new CiviCrmSyncRun(folder);
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  start(variables: Record<string, string>): void {
    const env = { PATH: process.env['PATH'] ?? '', ...variables };
    const child = spawn(process.execPath, [this.file('civicrm-sync.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.child = child;
    this.end = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  }

  /** Its exit code, null after a signal that it did not answer. */
  exited(): Promise<number | null> {
    return this.end;
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    this.child?.kill(signal);
    return this.end;
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
