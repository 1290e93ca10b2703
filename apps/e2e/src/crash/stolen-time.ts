import { readFileSync } from 'node:fs';

const everyMs = 250;
/** Part of the processors. */
const mostStolen = 0.1;
/** Part of the seconds that must be left of a stretch for it to say anything. */
const leastKept = 0.5;

/** Time of all processors together since the machine started, in ticks (proc_stat(5)). */
export interface ProcessorTime {
  stolen: number;
  all: number;
}

/** Of a machine that tells no such thing, as a Mac, nothing is ever stolen. */
const nothing: ProcessorTime = { stolen: 0, all: 0 };

export function processorTimeOf(stat: string): ProcessorTime {
  const [, ...fields] = (/^cpu .*$/m.exec(stat)?.[0] ?? '').split(/\s+/);
  const ticks = fields.slice(0, 8).map(Number);
  const stolen = ticks[7];
  if (stolen === undefined || ticks.some(Number.isNaN)) return nothing;
  return { stolen, all: ticks.reduce((sum, part) => sum + part, 0) };
}

function readProcessorTime(): ProcessorTime {
  try {
    return processorTimeOf(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return nothing;
  }
}

/** Seconds of a stretch, and those of them that the host left to us. */
export interface OwnSeconds {
  all: number;
  kept: number;
}

export const areEnough = ({ all, kept }: OwnSeconds): boolean => kept >= leastKept * all;

/** When the host of a virtual machine gave its processors to others: what stands still then is no fault of what is tested. */
export class StolenTime {
  private readonly samples: (ProcessorTime & { at: number })[] = [];
  private readonly timer = setInterval(() => this.sample(), everyMs);

  constructor(
    private readonly read = readProcessorTime,
    private readonly now = () => performance.now(),
  ) {
    this.timer.unref();
    this.sample();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The part of all processors, 0 to 1, that was taken between these moments (performance.now()). */
  part(from: number, to = this.now()): number {
    this.sample();
    const first = this.samples.findLast(({ at }) => at <= from) ?? this.samples[0];
    const last = this.samples.find(({ at }) => at >= to) ?? this.samples.at(-1);
    if (!first || !last || last.all <= first.all) return 0;
    return (last.stolen - first.stolen) / (last.all - first.all);
  }

  /** Latencies of a second of which the host took more than that say nothing of what is tested. */
  readonly isOurs = (from: number, to: number): boolean => this.part(from, to) <= mostStolen;

  private sample(): void {
    this.samples.push({ at: this.now(), ...this.read() });
  }
}
