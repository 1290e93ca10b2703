import { CountersBuilder, type CampaignCounters } from './counters';

/** One campaign's hash in Redis, as `field, value, field, value, …` (libs/contracts/src/stats-keys.ts). Fields of a kind that
 *  is not known here are passed over: a newer stats-service may write them. */
export function countersOfFields(fields: readonly string[]): CampaignCounters {
  const counters = new CountersBuilder();
  const locations = new Map<number, string>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const field = fields[at] ?? '';
    const value = fields[at + 1] ?? '';
    const name = field.slice(2);
    if (field === 'v') counters.version = Number(value);
    else if (field[1] === ':') addField(counters, locations, field[0] ?? '', name, value);
  }
  for (const [pageId, location] of locations) {
    const activity = counters.activity.get(pageId);
    if (activity) activity.location = location;
  }
  return counters;
}

function addField(
  counters: CountersBuilder,
  locations: Map<number, string>,
  kind: string,
  name: string,
  value: string,
): void {
  const count = Number(value);
  switch (kind) {
    case 'o':
      return addCount(counters.byOrg, Number(name), count);
    case 'a':
      return addCount(counters.byArea, name, count);
    case 't':
      return addCount(counters.byType, name, count);
    case 'p':
      counters.page(Number(name)).supporters = count;
      return;
    case 'y': {
      const end = name.indexOf(':');
      return addCount(counters.page(Number(name.slice(0, end))).byType, name.slice(end + 1), count);
    }
    case 'l':
      counters.activity.set(Number(name), { lastActionAt: new Date(count), location: null });
      return;
    case 'u':
      locations.set(Number(name), value);
  }
}

/** What was counted once and is no longer is left out of lists. */
const addCount = <Key>(counts: Map<Key, number>, key: Key, count: number): void => {
  if (count !== 0) counts.set(key, count);
};
