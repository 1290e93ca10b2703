/** Where this lib reports its counts. Every hook may be left out; labels are short fixed words. */
export interface MessagingMetrics {
  /** One publish came to its end. `status` is confirmed, returned, or the reason it was unavailable. */
  published?(exchange: string, status: string): void;
  /** `count` messages of a consumer ended so; `reason` is empty for done. */
  settled?(consumerId: string, outcome: 'done' | 'drop' | 'park', reason: string, count: number): void;
  /** One batch went through its handler. */
  batch?(consumerId: string, size: number, durationMs: number): void;
  /** A consumer stopped for a fault of the surroundings and waits `pauseMs`. */
  backedOff?(consumerId: string, pauseMs: number): void;
}
