import type { Database } from '@groundswell/persistence';

/** A person's references: the one they have now, and all they ever had, that one first. */
export interface PersonReferences {
  present: Buffer;
  all: Buffer[];
}

/** From which reference a person went on to which (docs/references.md). Throws DatabaseAwayError. */
export class ReferenceMapReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** The present reference of whoever has or had this one; a reference nobody moved from is its own. */
  async presentOf(ref: Buffer): Promise<Buffer> {
    const [row] = await this.database.query<{ ref: Buffer }>(
      'select new_ref as ref from actions.reference_aliases where old_ref = $1',
      [ref],
    );
    return row?.ref ?? ref;
  }

  async of(ref: Buffer): Promise<PersonReferences> {
    const present = await this.presentOf(ref);
    const former = await this.database.query<{ ref: Buffer }>(
      'select old_ref as ref from actions.reference_aliases where new_ref = $1 order by at, old_ref',
      [present],
    );
    return { present, all: [present, ...former.map((row) => row.ref)] };
  }
}
