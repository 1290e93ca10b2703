const AREAS = ['DE', 'FR', 'PL', 'IT', 'ES', 'NL', 'BE', 'AT'];
const TYPES = ['petition', 'petition', 'petition', 'share'];

const bump = (record, key, by = 1) => {
  record[key] = (record[key] ?? 0) + by;
};

/** What one stored signature, or share, adds. Every campaign has its turn, the first ones more often. */
function addAction(campaigns, places, number) {
  const share = ((number * 2_654_435_761) % 1_024) / 1_024;
  const { campaignId, pages } = places[Math.floor(places.length * share ** 3)];
  const { pageId, orgId } = pages[number % pages.length];
  let delta = campaigns.get(campaignId);
  if (!delta) {
    delta = { campaignId, byOrg: {}, byArea: {}, byPage: {}, actionCount: {}, pageActionCount: {}, pages: {} };
    campaigns.set(campaignId, delta);
  }
  const actionType = TYPES[number % TYPES.length];
  bump(delta.actionCount, actionType);
  bump((delta.pageActionCount[pageId] ??= {}), actionType);
  delta.pages[pageId] = {
    campaignId,
    lastActionAt: new Date().toISOString(),
    location: 'https://campaign.example.org/',
  };
  if (actionType === 'share') return;
  bump(delta.byOrg, orgId);
  bump(delta.byPage, pageId);
  bump(delta.byArea, AREAS[number % AREAS.length]);
}

/**
 * Counter deltas as action-ingest writes them, of `perDelta` actions each, for all partitions in turn. `numbers` are the last
 * ones of each partition, and move on. Figures are those of campaigns that were loaded; their actions are not stored.
 */
export function* counterDeltas(places, numbers, { count, perDelta }) {
  for (let first = 0, delta = 0; first < count; first += perDelta, delta += 1) {
    const partition = delta % numbers.length;
    numbers[partition] += 1;
    const campaigns = new Map();
    for (let n = first; n < Math.min(count, first + perDelta); n += 1) addAction(campaigns, places, n);
    const changes = [...campaigns.values()];
    const pages = Object.assign({}, ...changes.map((change) => change.pages));
    for (const change of changes) delete change.pages;
    yield { schema: 'groundswell:counters:1', partition, number: numbers[partition], campaigns: changes, pages };
  }
}
