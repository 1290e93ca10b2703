/** One loop of one domain, or of all domains together: running if any runs, else the slowest of them. Instants are ISO with
 *  milliseconds (email-events.md §4). */
export interface LoopStatus {
  running: boolean;
  jobName: string;
  lastStarted: string | null;
  lastBegin: string | null;
  lastEventTimestamp: string | null;
  /** The run in hand was asked to stop. Only the scheduled loop can be. */
  canceled: boolean;
  lastError: string | null;
  lastFinished: string | null;
  eventsLastRun: number;
  /** How far the events are behind; 0 when the last run drained its window. */
  lagSeconds: number;
}

export interface ScheduledLoopStatus extends LoopStatus {
  schedule: { begin: string; end: string } | null;
}

export interface Loops {
  /** All types but opened. */
  latest: LoopStatus;
  latestOpened: LoopStatus;
  missing: LoopStatus;
  scheduled: ScheduledLoopStatus;
}

export interface DomainLoops extends Loops {
  /** Host of the API and domain: `api.eu.mailgun.net/mg.example.org`. */
  domain: string;
  serviceIds: number[];
}

export interface MailLoopsStatus extends Loops {
  domains: DomainLoops[];
  /** Services whose provider tells nothing of its mails: their figures stay at 0. */
  withoutEvents: { serviceId: number; orgId: number; name: string }[];
}
