import type { EntityManager } from 'typeorm';
import { acceptedAtOf, pushedMessage } from '../taking-over/pushed-message';

interface Candidate {
  id: string;
  body: Buffer;
  erasedAt: Date;
  parkedAt: Date;
}

/** Parked messages that name somebody whom their org erased since they were accepted (design.md §8): no replay brings them back. */
export class ParkedErasures {
  constructor(private readonly manager: EntityManager) {}

  /** Returns how many went. Twice is safe. */
  async run(): Promise<number> {
    const candidates = await this.manager.query<Candidate[]>(
      `select p.id::text as id, p.body, e.erased_at as "erasedAt", p.parked_at as "parkedAt"
         from forwarder.parked p
         join catalog.erasures e on e.org_id::text = p.headers->>'org_id'
        where position(convert_to(rtrim(translate(encode(e.ref, 'base64'), E'+/\\n', '-_'), '='), 'UTF8') in p.body) > 0`,
    );
    const ids = candidates.filter(isErased).map(({ id }) => id);
    if (ids.length > 0) await this.manager.query('delete from forwarder.parked where id = any($1::bigint[])', [ids]);
    return ids.length;
  }
}

const isErased = ({ body, erasedAt, parkedAt }: Candidate): boolean => erasedAt > (acceptedAtIn(body) ?? parkedAt);

const acceptedAtIn = (body: Buffer): Date | null => {
  try {
    return acceptedAtOf(pushedMessage.parse(body).content);
  } catch {
    // Not one of ours: when it was parked is all there is to go by.
    return null;
  }
};
