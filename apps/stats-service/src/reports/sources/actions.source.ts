import { donationFrequencyFromCode, donationSchemaFromCode, emailStatusFromCode } from '@groundswell/domain';
import {
  ActionExportReadModel,
  exportedPages,
  type Catalogue,
  type ExportCriteria,
  type ExportedAction,
} from '@groundswell/persistence';
import type { Cell, Report } from '../report';
import { ZonedTimes } from '../zoned-time';
import type { ReportSource } from './report-source';

const columns = [
  ...['actionId', 'createdAt', 'actionType', 'campaign', 'actionPage', 'contactRef', 'dupeRank', 'payload', 'nonce'],
  ...['publicKeyId', 'publicKey', 'signKeyId', 'signKey', 'optIn', 'givenAt', 'emailStatus', 'emailStatusChanged'],
  ...['withConsent', 'source', 'medium', 'utmCampaign', 'content', 'donationSchema', 'donationAmount'],
  ...['donationCurrency', 'donationFrequency', 'donationPayload', 'customFields'],
] as const;

/** The rows held at once; a page ends earlier where they are large. */
const pageRows = 500;

/** What exportActions gives the org without further arguments (graphql-api.md §4): what is sealed stays sealed. */
export const actionsSource: ReportSource = (report, { database, catalogue }) => ({
  columns,
  pages: (async function* () {
    const model = new ActionExportReadModel(database);
    const times = { accepted: new ZonedTimes(report.timeZone), changed: new ZonedTimes(report.timeZone) };
    const pageIds = exportedPages(catalogue, report.orgId, report.campaignId);
    for (let start = 0; ;) {
      const rows = await model.page(criteriaOf(report, start), pageIds);
      const last = rows.at(-1);
      if (!last) return;
      yield rows.map((row) => cellsOf(row, times, catalogue));
      start = last.id + 1;
    }
  })(),
});

const criteriaOf = ({ orgId, campaignId, from, to }: Report, start: number): ExportCriteria => ({
  ...{ orgId, campaignId, start, after: from, before: to, limit: pageRows },
  onlyOptIn: true,
  ...{ onlyDoubleOptIn: false, includeTesting: false, onlyWithConsent: false, fingerprints: null },
});

/** Of when actions were accepted, in their order, and of the rest. */
interface Times {
  accepted: ZonedTimes;
  changed: ZonedTimes;
}

function cellsOf(row: ExportedAction, { accepted, changed }: Times, catalogue: Catalogue): Cell[] {
  const { tracking } = row;
  return [
    ...[row.id, accepted.show(row.insertedAt), row.actionType],
    ...[catalogue.campaigns.get(row.campaignId)?.name ?? null, catalogue.pages.get(row.pageId)?.name ?? null],
    ...[row.fingerprint.toString('base64url'), row.dupeRank],
    ...payloadCells(row, catalogue),
    ...[row.optIn, accepted.show(row.givenAt), emailStatusFromCode(row.emailStatus).toUpperCase()],
    ...[row.emailStatusChanged && changed.show(row.emailStatusChanged), row.withConsent],
    ...[tracking?.source ?? null, tracking?.medium ?? null, tracking?.campaign ?? null, tracking?.content ?? null],
    ...donationCells(row.donation),
    JSON.stringify(row.fields),
  ];
}

/** In clear it is the JSON text itself; sealed, base64url of ciphertext and nonce with the two keys. */
function payloadCells({ payload, nonce, publicKeyId, signKeyId }: ExportedAction, catalogue: Catalogue): Cell[] {
  if (nonce === null) return [payload.toString('utf8'), null, null, null, null, null];
  const keyCells = (id: number | null): Cell[] => [
    id,
    (id === null ? undefined : catalogue.keys.get(id))?.public.toString('base64url') ?? null,
  ];
  return [payload.toString('base64url'), nonce.toString('base64url'), ...keyCells(publicKeyId), ...keyCells(signKeyId)];
}

function donationCells(donation: ExportedAction['donation']): Cell[] {
  if (!donation) return [null, null, null, null, null];
  const { schema, amount, currency, frequencyUnit, payload } = donation;
  return [
    ...[schema === null ? null : donationSchemaFromCode(schema).toUpperCase(), amount, currency],
    ...[donationFrequencyFromCode(frequencyUnit).toUpperCase(), JSON.stringify(payload)],
  ];
}
