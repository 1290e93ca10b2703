/** What becomes of twenty mails of a mailing: most are delivered, some of those opened, one comes back. */
const HISTORIES = [
  ...Array.from({ length: 11 }, () => ['delivered']),
  ...Array.from({ length: 6 }, () => ['delivered', 'opened']),
  ['delivered', 'opened', 'clicked'],
  ['temporary', 'delivered'],
  ['permanent'],
];
const PAGE_SIZE = 300;
/** Events of so many mails lie between each other, as a provider tells them. */
const MIXED_MAILS = 1_000;

export const addressOf = (index) => `supporter.${String(index).padStart(9, '0')}@example.org`;

const eventOf = (id, index, kind, place) => ({
  id: `${id}-${kind}`,
  provider: 'mailgun',
  serviceId: null,
  type: kind === 'temporary' || kind === 'permanent' ? 'failed' : kind,
  severity: kind === 'temporary' || kind === 'permanent' ? kind : null,
  recipient: addressOf(index),
  deliveryId: id,
  providerMessageId: `20260301100000.${id}@mg.example.org`,
  customId: null,
  at: new Date(Date.UTC(2026, 2, 1, 10) + index * 10 + place * 60_000),
  error:
    kind === 'temporary' || kind === 'permanent' ? { code: 550, enhancedCode: '5.1.1', message: 'no such user' } : null,
  isMachine: false,
  isSuppressed: false,
});

/** So many events in pages, of the mails with these ids; oldest first within their stretch. */
export function pagesOf(ids, count) {
  const events = [];
  for (let from = 0; events.length < count; from += MIXED_MAILS) {
    const some = ids.slice(from, from + MIXED_MAILS);
    if (some.length === 0) throw new Error('too few mails');
    const told = some.flatMap((id, offset) =>
      HISTORIES[(from + offset) % HISTORIES.length].map((kind, place) => eventOf(id, from + offset, kind, place)),
    );
    events.push(...told.sort((a, b) => a.at - b.at));
  }
  const pages = [];
  for (let from = 0; from < count; from += PAGE_SIZE) pages.push(events.slice(from, Math.min(from + PAGE_SIZE, count)));
  return pages;
}

/** Mails enough for so many events. */
export const mailsFor = (count) => Math.ceil(count / 1.4) + MIXED_MAILS;
