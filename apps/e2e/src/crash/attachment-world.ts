import { createHash } from 'node:crypto';
import type { S3Server } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, aSignature, signMutation, type TestOrg } from '../campaign-world';
import type { TestFleet } from '../test-fleet';

export interface AttachmentWorld {
  org: TestOrg;
  actionId: number;
  objectId: string;
  link: Pick<UploadLink, 'url' | 'fields'>;
}

interface UploadLink {
  key: string;
  url: string;
  fields: string;
}

/** A PDF as far as anybody looks. */
const file = Buffer.from('%PDF-1.7 a petition sheet');

export const storeOf = ({ objectStore }: TestFleet): S3Server => {
  if (!objectStore) throw new Error('the fleet has no object store: startObjectStore() comes before start()');
  return objectStore;
};

/** Somebody signed, with a file that is still to be sent; the first look at it was in vain. */
export async function aSignatureWithFile(fleet: TestFleet): Promise<AttachmentWorld> {
  const org = await anOrg(fleet);
  const page = await aPage(org, await aCampaign(org));
  const { requestUpload: link } = await fleet.anonymous.data<{ requestUpload: UploadLink }>(
    `mutation ($id: Int!, $size: Int!) {
       requestUpload(actionPageId: $id, name: "sheet.pdf", size: $size, type: "application/pdf") { key url fields } }`,
    { id: page.id, size: file.length },
  );
  const signature = aSignature(page);
  const action = { ...(signature['action'] as object), attachments: [link.key] };
  await fleet.anonymous.data(signMutation, { ...signature, action });
  const { id: actionId, objectId } = await attachmentAt(fleet, page.id);
  return { org, actionId, objectId, link };
}

export async function sendFile({ link }: AttachmentWorld): Promise<void> {
  const headers = JSON.parse(link.fields) as Record<string, string>;
  const { status } = await fetch(link.url, { method: 'PUT', headers, body: file });
  if (status !== 200) throw new Error(`the file was answered with ${status}`);
}

export async function lookNow(fleet: TestFleet, { objectId }: AttachmentWorld): Promise<void> {
  await fleet.sql.query(
    `update actions.jobs set due_at = now() where type = 'scan-attachment' and key = $1 and state = 'queued'`,
    [objectId],
  );
}

/** Kept once, as it was sent, and out of quarantine. */
export async function checkKept(fleet: TestFleet, { org, objectId }: AttachmentWorld): Promise<void> {
  const { rows } = await fleet.sql.query<{ state: string; key: string; sha256: Buffer }>(
    'select state, key, sha256 from actions.attachments where object_id = $1',
    [objectId],
  );
  const key = `attachments/${org.id}/${objectId}`;
  const isKept = rows[0]?.sha256?.equals(createHash('sha256').update(file).digest()) && rows[0].key === key;
  if (!isKept) throw new Error(JSON.stringify(rows[0]));
  const keys = storeOf(fleet).keys.filter((one) => one.includes(objectId));
  if (keys.join() !== key) throw new Error(`objects: ${keys.join()}`);
}

async function attachmentAt(fleet: TestFleet, pageId: number): Promise<{ id: number; objectId: string }> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { rows } = await fleet.sql.query<{ id: number; objectId: string }>(
      `select a.id::int, t.object_id as "objectId" from actions.actions a
         join actions.attachments t on t.action_id = a.id
         join actions.jobs j on j.type = 'scan-attachment' and j.key = t.object_id::text
        where a.action_page_id = $1 and j.state = 'queued' and j.attempts > 0`,
      [pageId],
    );
    if (rows[0]) return rows[0];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the signature was not stored, or its file not looked for');
}
