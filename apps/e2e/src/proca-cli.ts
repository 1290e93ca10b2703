import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileCache } from './compile-cache';

const program = join(dirname(createRequire(import.meta.url).resolve('proca/package.json')), 'proca-cli');
const quickResolve = fileURLToPath(new URL('quick-resolve.mjs', import.meta.url));

export interface CliRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** The published `proca` program, as an organiser runs it in a terminal: one configuration, one command after another. */
export class ProcaCli {
  private constructor(
    private readonly configHome: string,
    readonly apiUrl: string,
  ) {}

  /** With a new token for this account, got and kept by the program itself. */
  static async signIn(gatewayUrl: string, email: string, password: string): Promise<ProcaCli> {
    const configHome = mkdtempSync(join(tmpdir(), 'gs-proca-'));
    mkdirSync(join(configHome, 'proca'));
    const cli = new ProcaCli(configHome, `${gatewayUrl}/api`);
    await cli.ok('config', 'add', '--url', cli.apiUrl, '--token', 'API-none-yet', '--folder', configHome);
    await cli.ok('user', 'reset', email, '--password', password);
    return cli;
  }

  /** Takes the token away with the rest. */
  remove(): void {
    rmSync(this.configHome, { recursive: true });
  }

  run(...args: string[]): Promise<CliRun> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.configHome,
      XDG_CONFIG_HOME: this.configHome,
      XDG_CACHE_HOME: this.configHome,
      XDG_DATA_HOME: this.configHome,
      NO_COLOR: '1',
      NODE_COMPILE_CACHE: compileCache,
    };
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        ['--import', quickResolve, program, ...args],
        { env },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
      );
      child.stdin?.end();
    });
  }

  /** What a command that must succeed prints. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`proca ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  /** What it prints with `--json`; lines of the log may come first. */
  async json<Printed = Record<string, unknown>>(...args: string[]): Promise<Printed> {
    const printed = await this.ok(...args, '--json');
    const start = printed.search(/^([[{]|\[\])$/m);
    if (start < 0) throw new Error(`proca ${args.join(' ')} printed no JSON: ${printed}`);
    return JSON.parse(printed.slice(start)) as Printed;
  }
}
