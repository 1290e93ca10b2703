import { Backoff, type BackoffOptions } from '../backoff';

export interface PublishCircuitOptions {
  /** Timeouts in a row after which publishes are refused at once. */
  suspectAfter: number;
  /** Pauses before a probe. */
  probe: BackoffOptions;
}

/** Decides whether publishing is worth trying. closed: yes. suspect: too many timeouts in a row, only a probe goes out.
 *  trial: the broker answered again, so as many messages as it took to become suspect may try; the first confirm closes the
 *  circuit. Trial is there because a queue without a leader still lets the probe through. */
export class PublishCircuit {
  private current: 'closed' | 'suspect' | 'trial' = 'closed';
  private timeoutsInARow = 0;
  private trialsLeft = 0;
  private readonly backoff: Backoff;

  constructor(private readonly options: PublishCircuitOptions) {
    this.backoff = new Backoff(options.probe);
  }

  get state(): 'closed' | 'suspect' | 'trial' {
    return this.current;
  }

  /** Whether one more message may go out now; in a trial it uses up one place. */
  admit(): boolean {
    if (this.current === 'closed') return true;
    if (this.current === 'suspect' || this.trialsLeft === 0) return false;
    this.trialsLeft -= 1;
    return true;
  }

  /** The broker answered a message in time. */
  answered(): void {
    this.timeoutsInARow = 0;
    this.current = 'closed';
    this.backoff.reset();
  }

  /** A sign of life that is no message confirmed in time: a probe, a late confirm, a new channel. Also gives back the
   *  places of a trial whose messages never got an answer either way. */
  signOfLife(): void {
    if (this.current === 'closed') return;
    this.current = 'trial';
    this.timeoutsInARow = 0;
    this.trialsLeft = this.options.suspectAfter;
  }

  /** True when this timeout made the publisher suspect: the caller then sends a probe after `nextProbeMs()`. */
  timedOut(): boolean {
    this.timeoutsInARow += 1;
    if (this.current === 'suspect' || this.timeoutsInARow < this.options.suspectAfter) return false;
    this.current = 'suspect';
    return true;
  }

  nextProbeMs(): number {
    return this.backoff.nextMs();
  }
}
