import type { Cell } from './permission-matrix.world';

/** A field that shows more to some; graphql-api.md §3, §7.6. */
export interface View {
  field: string;
  /** One word for anonymous, stranger, translator, coordinator, campaigner, owner, admin. */
  expected: string;
  document(cell: Cell): string;
}

const ofStaff = 'public public private private private private private';
const ofAdmins = 'public public public public public public private';

/** Each asks for one `shown`: its type says which view it is; `null` and `list` say whether there is anything. */
export const views: View[] = [
  {
    field: 'campaign',
    expected: ofStaff,
    document: ({ campaign }) => `{ shown: campaign(id: ${campaign.id}) { __typename } }`,
  },
  {
    field: 'campaigns, where no staffer is looked up',
    expected: ofAdmins,
    document: ({ campaign }) => `{ shown: campaigns(id: ${campaign.id}) { __typename } }`,
  },
  {
    field: 'actionPage',
    expected: ofStaff,
    document: ({ page }) => `{ shown: actionPage(id: ${page.id}) { __typename } }`,
  },
  {
    field: 'actionPage of a partner, to the lead (Fix)',
    expected: ofStaff,
    document: ({ partnerPage }) => `{ shown: actionPage(id: ${partnerPage.id}) { __typename } }`,
  },
  {
    field: 'campaign.org',
    expected: ofStaff,
    document: ({ campaign }) => `{ campaign(id: ${campaign.id}) { shown: org { __typename } } }`,
  },
  {
    field: 'actionPage.org',
    expected: ofStaff,
    document: ({ page }) => `{ actionPage(id: ${page.id}) { shown: org { __typename } } }`,
  },
  {
    field: 'actionPage.org of a partner, to the lead',
    expected: ofAdmins,
    document: ({ partnerPage }) => `{ actionPage(id: ${partnerPage.id}) { shown: org { __typename } } }`,
  },
  {
    field: 'campaign.targets',
    expected: ofAdmins,
    document: ({ campaign }) => `{ campaign(id: ${campaign.id}) { shown: targets { __typename } } }`,
  },
  {
    field: 'campaign.partnerships',
    expected: 'absent absent list list list list null',
    document: ({ campaign }) =>
      `{ campaign(id: ${campaign.id}) { ... on PrivateCampaign { shown: partnerships { org { name } } } } }`,
  },
];

/** The word a view's answer stands for. */
export function wordOf(data: unknown): string {
  const shown = findShown(data);
  if (shown == null) return shown === null ? 'null' : 'absent';
  const [first] = [shown].flat() as { __typename?: string }[];
  const [, word] = /^(Public|Private)/.exec(first?.__typename ?? '') ?? [];
  return word?.toLowerCase() ?? 'list';
}

function findShown(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('shown' in value) return value.shown;
  return Object.values(value)
    .map(findShown)
    .find((found) => found !== undefined);
}
