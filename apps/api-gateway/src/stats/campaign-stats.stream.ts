import type { CampaignFigures } from './stats-reader';

export interface CampaignStatsChanged {
  figures: CampaignFigures;
}

/** Figures of one campaign for one subscriber: those that were not taken before newer ones came are passed over. */
export class CampaignStatsStream implements AsyncIterableIterator<CampaignStatsChanged> {
  private waiting: CampaignFigures | null = null;
  private lastText = '';
  private wake: () => void = () => undefined;
  private isOver = false;

  constructor(
    readonly campaignId: number,
    private readonly onEnd: (stream: CampaignStatsStream) => void,
  ) {}

  /** `text` is equal for equal figures, which are told once. */
  push(figures: CampaignFigures, text: string): void {
    if (text === this.lastText) return;
    this.lastText = text;
    this.waiting = figures;
    this.wake();
  }

  async next(): Promise<IteratorResult<CampaignStatsChanged>> {
    while (!this.isOver && !this.waiting) await new Promise<void>((resolve) => (this.wake = resolve));
    const figures = this.waiting;
    this.waiting = null;
    return this.isOver || !figures ? { done: true, value: undefined } : { done: false, value: { figures } };
  }

  async return(): Promise<IteratorResult<CampaignStatsChanged>> {
    this.isOver = true;
    this.onEnd(this);
    this.wake();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
