/** Where strangers' files lie until they are scanned; the migration of actions.attachments spells these names too. */
export const quarantinePrefix = 'quarantine/';
export const quarantineKey = (objectId: string): string => `${quarantinePrefix}${objectId}`;

/** Where a scanned file of an org lies. */
export const attachmentKey = (orgId: number, objectId: string): string => `attachments/${orgId}/${objectId}`;
export const thumbnailKey = (orgId: number, objectId: string): string => `${attachmentKey(orgId, objectId)}.webp`;

/** Where an org's own files lie that it has read in. */
export const uploadPrefix = (orgId: number): string => `uploads/${orgId}/`;
export const uploadKey = (orgId: number, objectId: string, ending: string): string =>
  `${uploadPrefix(orgId)}${objectId}.${ending}`;

const timed = /([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** When the key was given out, ms since the epoch, as the UUIDv7 in it says; null for a key without one. */
export function keyedAtMs(key: string): number | null {
  const [, high, low] = timed.exec(key) ?? [];
  return high === undefined || low === undefined ? null : parseInt(high + low, 16);
}
