import type { ExportCriteria } from '@groundswell/persistence';

/** Arguments of actions, contacts and exportActions; null is the same as absent. */
export interface ExportArguments {
  orgName: string;
  campaignName?: string | null;
  campaignId?: number | null;
  start?: number | null;
  after?: Date | null;
  limit?: number | null;
  onlyOptIn?: boolean | null;
  onlyDoubleOptIn?: boolean | null;
  includeTesting?: boolean | null;
  email?: string | null;
}

export type ExportKind = 'actions' | 'contacts';

const defaultLimit = 100;
/** Most rows of one page, whatever a client asks for: it pages until an empty one. */
export const exportPageRows = 5_000;

/** `fingerprintsOf` gets an email as the schema `basic` hashes it. */
export function exportCriteria(
  kind: ExportKind,
  args: ExportArguments,
  { orgId, campaignId }: { orgId: number; campaignId: number | null },
  fingerprintsOf: (email: string) => Buffer[],
): ExportCriteria {
  const email = kind === 'contacts' ? (args.email ?? '').trim().toLowerCase() : '';
  const isLookUp = email !== '';
  return {
    orgId,
    campaignId,
    start: args.start ?? 0,
    after: args.after ?? null,
    before: null,
    limit: Math.min(Math.max(args.limit ?? defaultLimit, 0), exportPageRows),
    onlyOptIn: !isLookUp && (args.onlyOptIn ?? true),
    onlyDoubleOptIn: !isLookUp && (args.onlyDoubleOptIn ?? false),
    includeTesting: args.includeTesting ?? false,
    onlyWithConsent: kind === 'contacts' && !isLookUp,
    fingerprints: isLookUp ? fingerprintsOf(email) : null,
  };
}
