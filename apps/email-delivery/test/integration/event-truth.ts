import type { MailEvent } from '../../src/events/mail-event';
import { anEvent, hashAddress, type TestMail } from './event-fixture';

/** A mail, what was said of it, and where it counts. */
export interface ToldMail extends TestMail {
  ref: Buffer;
  actionId: number;
  mailingId: number | null;
  isToTarget: boolean;
  events: MailEvent[];
}

const iso = (at: Date | undefined): string | null => at?.toISOString() ?? null;
const byTime = (events: readonly MailEvent[]): MailEvent[] =>
  events.toSorted((a, b) => a.at.getTime() - b.at.getTime());
const isPermanent = ({ type, severity }: MailEvent): boolean =>
  type === 'blocked' || (type === 'failed' && severity === 'permanent');
const isPerson = ({ isMachine }: MailEvent): boolean => !isMachine;
const firstOf = (mail: ToldMail, is: (event: MailEvent) => boolean): Date | undefined =>
  byTime(mail.events.filter(is))[0]?.at;

/** What must stand of a mail whatever order its events came in, worked out from all of them at once. */
function stateOf(mail: ToldMail) {
  const bouncedAt = firstOf(mail, isPermanent);
  const deliveredAt = bouncedAt ? undefined : firstOf(mail, ({ type }) => type === 'delivered');
  const openedAt = firstOf(mail, (event) => event.type === 'opened' && isPerson(event));
  const clickedAt = firstOf(mail, (event) => event.type === 'clicked' && isPerson(event));
  return { bouncedAt, deliveredAt, openedAt, clickedAt };
}

function failureOf(mail: ToldMail) {
  const failures = byTime(mail.events.filter(({ type, error }) => (type === 'failed' || type === 'blocked') && error));
  const told = failures.find(isPermanent) ?? failures.at(-1);
  if (!told?.error) return [];
  const severity = isPermanent(told) ? 'permanent' : 'temporary';
  const resolvedAt = severity === 'temporary' ? iso(stateOf(mail).deliveredAt) : null;
  return [
    [mail.id, severity, told.error.message, iso(told.at), failures.length, told.isSuppressed, resolvedAt].join('|'),
  ];
}

const says = (event: MailEvent): string | null => {
  if (event.type === 'complained') return 'spam';
  if (event.type === 'unsubscribed') return 'unsub';
  if (event.type === 'blocked') return 'blocked';
  if (event.type === 'failed' && event.severity === 'permanent') return event.isSuppressed ? 'blocked' : 'bounce';
  return null;
};
const saysOfTarget = (event: MailEvent): string | null => {
  if (event.type === 'failed' && event.severity === 'temporary') return 'soft_bounce';
  if (['delivered', 'opened', 'clicked'].includes(event.type)) return event.isMachine ? null : event.type;
  return says(event);
};

function suppressionsOf(mails: readonly ToldMail[]): string[] {
  const first = new Map<string, MailEvent>();
  for (const event of byTime(mails.flatMap(({ events }) => events))) {
    const isListed = isPermanent(event) && (event.isSuppressed || [605, 607].includes(event.error?.code ?? 0));
    if (event.type !== 'complained' && !isListed) continue;
    const address = hashAddress(event.recipient).toString('hex');
    if (!first.has(address)) first.set(address, event);
  }
  return [...first].map(
    ([address, { type, at }]) => `${address}|${type === 'complained' ? 'spam' : 'bounce'}|${iso(at)}`,
  );
}

function contactsOf(mails: readonly ToldMail[]): string[] {
  const refs = new Map<string, ToldMail[]>();
  for (const mail of mails) refs.set(mail.ref.toString('hex'), [...(refs.get(mail.ref.toString('hex')) ?? []), mail]);
  return [...refs].flatMap(([ref, theirs]) => {
    const signs = byTime(theirs.flatMap(({ events }) => events)).filter(
      (event) => isPerson(event) && (event.type === 'opened' || event.type === 'clicked'),
    );
    const lastDay = iso(signs.at(-1)?.at)?.slice(0, 10);
    const seen = signs.find(({ at }) => iso(at)?.startsWith(lastDay ?? '-'));
    const states = theirs.map(stateOf);
    const reached = states.filter(({ deliveredAt, openedAt }) => deliveredAt ?? openedAt).length;
    const opened = states.filter(({ openedAt }) => openedAt).length;
    // Somebody whose only mail came back has a row that counts nothing, or none: both say the same.
    return reached + opened > 0 || seen ? [`${ref}|${iso(seen?.at) ?? ''}|${reached}|${opened}`] : [];
  });
}

export function truthOf(mails: readonly ToldMail[]) {
  const states = mails.map((mail) => ({ mail, ...stateOf(mail) }));
  const count = (is: (state: (typeof states)[number]) => unknown, id: number | null): number =>
    states.filter((state) => state.mail.mailingId === id && is(state)).length;
  const mailings = [...new Set(mails.flatMap(({ mailingId }) => mailingId ?? []))];
  return {
    deliveries: states.map(({ mail, deliveredAt, openedAt, clickedAt, bouncedAt }) =>
      [mail.id, iso(deliveredAt), iso(openedAt), iso(clickedAt), iso(bouncedAt)].join('|'),
    ),
    events: mails.reduce((sum, { events }) => sum + events.filter(({ type }) => type !== 'other').length, 0),
    failures: mails.flatMap(failureOf),
    complaints: mails.flatMap((mail) => {
      const at = firstOf(mail, ({ type }) => type === 'complained');
      return at ? [`${mail.id}|${iso(at)}`] : [];
    }),
    suppressions: suppressionsOf(mails).sort(),
    contacts: contactsOf(mails).sort(),
    mailings: mailings.map((id) =>
      [
        id,
        count((s) => s.deliveredAt, id),
        count((s) => s.openedAt, id),
        count((s) => s.clickedAt, id),
        count((s) => s.bouncedAt, id),
      ].join('|'),
    ),
    commands: mails
      .filter(({ isToTarget }) => !isToTarget)
      .flatMap((mail) => mail.events.flatMap((event) => says(event) ?? []).map((said) => `${mail.actionId}|${said}`))
      .sort(),
    outcomes: mails
      .filter(({ isToTarget }) => isToTarget)
      .flatMap((mail) => mail.events.flatMap((event) => saysOfTarget(event) ?? []).map((said) => `${mail.id}|${said}`))
      .sort(),
  };
}

const types = [
  'delivered',
  'opened',
  'clicked',
  'failed',
  'failed',
  'failed',
  'blocked',
  'unsubscribed',
  'complained',
  'other',
] as const;

/** Up to nine events of one mail, no two of the same time. */
export function randomEvents(mail: TestMail, random: () => number, first: number): MailEvent[] {
  const pick = (count: number): number => Math.floor(random() * count);
  return Array.from({ length: pick(10) }, (_, index) => {
    const type = types[pick(types.length)] ?? 'other';
    const hasError = (type === 'failed' || type === 'blocked') && random() < 0.8;
    return anEvent(mail, type, {
      severity: type === 'failed' ? (random() < 0.3 ? 'permanent' : 'temporary') : null,
      // Over five days, some of them within an hour.
      at: new Date(Date.UTC(2026, 2, 1 + pick(5), pick(24), pick(60), pick(60), (first + index) % 1_000)),
      error: hasError
        ? { code: [421, 550, 605, 607][pick(4)] ?? 0, enhancedCode: null, message: `why ${index}` }
        : null,
      isMachine: (type === 'opened' || type === 'clicked') && random() < 0.3,
      isSuppressed: type === 'failed' && random() < 0.1,
      // To targets also where the row forgot it.
    });
  });
}
