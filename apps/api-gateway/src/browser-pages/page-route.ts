import type { PageVisit } from './page-visit';

export type PageMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface PageRoute {
  method: PageMethod;
  path: string;
  /** `visitor`: who is signed in is sent home. `member`: who is not is sent to log in. */
  access: 'anyone' | 'visitor' | 'member';
  handle(visit: PageVisit): Promise<void> | void;
}
