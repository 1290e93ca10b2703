import { oneIdentifier } from '../catalogue-writing/one-identifier';

export interface PageIdentifier {
  id?: number | null;
  name?: string | null;
  /** Another word for name. */
  url?: string | null;
}

export const onePage = ({ id, name, url }: PageIdentifier): number | string =>
  oneIdentifier<number | string>(id, name, url);
