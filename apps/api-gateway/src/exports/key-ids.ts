import type { Catalogue } from '@groundswell/persistence';
import type { KeyIds } from './action.view';

/** Id and public part of a key, of any org. */
export function keyIdsOf(catalogue: Pick<Catalogue, 'keys'>, id: number | null): KeyIds | null {
  const key = id === null ? undefined : catalogue.keys.get(id);
  return key ? { id: key.id, public: key.public.toString('base64url') } : null;
}
