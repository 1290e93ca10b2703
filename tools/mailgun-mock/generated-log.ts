import type { EventLog, LogEntry, Place } from './event-log';
import { recordOf, truthOf, type MailTruth, type MockEvent } from './mock-event';

export interface GeneratedSettings {
  mails: number;
  /** First event and span of all, ms. */
  startMs: number;
  spanMs: number;
  seed?: number;
  recipientOf?: (mail: number) => string;
  deliveryIdOf?: (mail: number) => number;
  /** Share of events that show up late, and how late at most. */
  lateShare?: number;
  lateMs?: number;
  /** Entries that share one instant. */
  burst?: number;
}

/** What may happen to a mail, in this order. */
const phases = ['accepted', 'first try', 'second try', 'open', 'open again', 'verdict'] as const;
/** Mails between two phases of one mail: events of many mails lie between its own. */
const phaseDistance = 37;

/** Events of any number of mails, made as they are asked for: always the same for the same seed, and none kept. Entry k is
 *  phase k mod 6 of one mail, or nothing where that did not happen to it. */
export class GeneratedLog implements EventLog {
  readonly slots: number;
  private readonly settings: Required<GeneratedSettings>;
  private readonly stepUs: number;

  constructor(settings: GeneratedSettings) {
    this.settings = {
      seed: 1,
      recipientOf: (mail) => `p${mail}@example.org`,
      deliveryIdOf: (mail) => mail + 1,
      lateShare: 0,
      lateMs: 0,
      burst: 1,
      ...settings,
    };
    this.slots = (settings.mails + (phases.length - 1) * phaseDistance) * phases.length;
    this.stepUs = Math.max(1, Math.floor((settings.spanMs * 1000 * this.settings.burst) / this.slots));
  }

  *after({ us, seq }: Place): Iterable<LogEntry> {
    for (let slot = Math.max(this.slotAt(us), 0); slot < this.slots; slot += 1) {
      const at = this.usOf(slot);
      if (at < us || (at === us && slot <= seq)) continue;
      const entry = this.entry(slot);
      if (entry) yield entry;
    }
  }

  *before({ us, seq }: Place): Iterable<LogEntry> {
    for (let slot = Math.min(this.slotAt(us) + 2 * this.settings.burst, this.slots - 1); slot >= 0; slot -= 1) {
      const at = this.usOf(slot);
      if (at > us || (at === us && slot >= seq)) continue;
      const entry = this.entry(slot);
      if (entry) yield entry;
    }
  }

  *truth(): Iterable<[number, MailTruth]> {
    for (let mail = 0; mail < this.settings.mails; mail += 1) {
      yield [this.settings.deliveryIdOf(mail), truthOf(this.eventsOf(mail))];
    }
  }

  *eventsOf(mail: number): Iterable<MockEvent> {
    for (let phase = 0; phase < phases.length; phase += 1) {
      const event = this.event(mail, phase, (mail + phase * phaseDistance) * phases.length + phase);
      if (event) yield event;
    }
  }

  private entry(slot: number): LogEntry | null {
    const phase = slot % phases.length;
    const mail = (slot - phase) / phases.length - phase * phaseDistance;
    const event = mail < 0 || mail >= this.settings.mails ? null : this.event(mail, phase, slot);
    return event && { us: event.us, seq: slot, visibleMs: event.visibleMs, event, record: () => recordOf(event) };
  }

  private slotAt(us: number): number {
    const steps = Math.floor((us - this.settings.startMs * 1000) / this.stepUs);
    return steps * this.settings.burst;
  }

  private usOf(slot: number): number {
    return this.settings.startMs * 1000 + Math.floor(slot / this.settings.burst) * this.stepUs;
  }

  private event(mail: number, phase: number, slot: number): MockEvent | null {
    const what = this.whatHappens(mail, phase);
    if (!what) return null;
    const us = this.usOf(slot);
    const { lateShare, lateMs, recipientOf, deliveryIdOf } = this.settings;
    const isLate = lateShare > 0 && this.chance(slot, 7) < lateShare;
    return {
      id: `g${deliveryIdOf(mail)}.${phase}`,
      us,
      visibleMs: us / 1000 + (isLate ? this.chance(slot, 8) * lateMs : 0),
      recipient: recipientOf(mail),
      deliveryId: deliveryIdOf(mail),
      messageId: `${mail}.generated@mailgun.mock`,
      ...what,
    };
  }

  /** 0.85 of all mails arrive at once, the others at the second try, never, or only to bounce later. */
  private whatHappens(mail: number, phase: number): (Pick<MockEvent, 'type'> & Partial<MockEvent>) | null {
    const fate = this.chance(mail, 1);
    const isDelivered = fate < 0.91;
    const [open, verdict] = [this.chance(mail, 2), this.chance(mail, 3)];
    switch (phases[phase]) {
      case 'accepted':
        return { type: 'accepted' };
      case 'first try':
        return fate < 0.85 || (fate >= 0.91 && fate < 0.94) ? { type: 'delivered' } : firstFailure(fate);
      case 'second try':
        if (fate >= 0.85 && fate < 0.91) return { type: 'delivered' };
        if (fate >= 0.91 && fate < 0.94) return { type: 'failed', ...lateBounce };
        return fate >= 0.98 ? { type: 'failed', ...tryAgainLater } : null;
      case 'open':
        return isDelivered && open < 0.4 ? { type: 'opened' } : null;
      case 'open again':
        if (!isDelivered || open >= 0.5) return null;
        return open < 0.1 ? { type: 'opened' } : open >= 0.4 ? { type: 'opened', bot: 'apple' } : null;
      case 'verdict':
        if (!isDelivered || verdict >= 0.03) return null;
        return { type: verdict < 0.02 ? 'unsubscribed' : 'complained' };
      default:
        return null;
    }
  }

  /** In [0, 1), the same for the same seed. */
  private chance(of: number, salt: number): number {
    let mixed = Math.imul(of ^ Math.imul(this.settings.seed + salt * 0x9e3779b1, 0x85ebca6b), 0x27d4eb2f);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x2c1b3c6d);
    mixed ^= mixed >>> 12;
    mixed = Math.imul(mixed, 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  }
}

const tryAgain = { severity: 'temporary', status: { code: 451, message: 'try again', enhancedCode: '4.7.1' } } as const;
const tryAgainLater = { severity: 'temporary', status: { code: 452, message: 'mailbox full' } } as const;
const noSuchUser = {
  severity: 'permanent',
  reason: 'bounce',
  status: { code: 550, message: '', description: 'no such user', enhancedCode: '5.1.1' },
} as const;
const lateBounce = {
  severity: 'permanent',
  reason: 'bounce',
  status: { code: 554, message: 'undeliverable' },
} as const;
const suppressed = { severity: 'permanent', reason: 'suppress-bounce', status: { code: 605, message: '' } } as const;

const firstFailure = (fate: number) => {
  const kind = fate < 0.91 ? tryAgain : fate < 0.97 ? noSuchUser : fate < 0.98 ? suppressed : tryAgain;
  return { type: 'failed', ...kind } as const;
};
