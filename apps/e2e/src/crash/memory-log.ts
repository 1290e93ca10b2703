import { readFile } from 'node:fs/promises';

const everyMs = 200;

/** Memory of a process as the kernel counts it, watched until stopped. */
export class MemoryLog {
  private timer: NodeJS.Timeout | undefined;
  /** Largest resident memory since the process started, MiB. */
  peakMb = 0;
  /** One sample per second, MiB. */
  readonly samples: number[] = [];
  private ticks = 0;

  constructor(private readonly pid: number) {
    this.timer = setInterval(() => void this.sample().catch(() => undefined), everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sample();
  }

  private async sample(): Promise<void> {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    this.peakMb = Math.max(this.peakMb, megabytes(status, 'VmHWM'));
    if (this.ticks % (1_000 / everyMs) === 0) this.samples.push(Math.round(megabytes(status, 'VmRSS')));
    this.ticks += 1;
  }
}

const megabytes = (status: string, field: string): number =>
  Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) / 1024;
