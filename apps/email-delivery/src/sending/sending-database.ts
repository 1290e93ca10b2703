import { Database } from '@groundswell/persistence';

/**
 * The same database over connections of its own, for the one statement between two calls. Planning it each time costs nearly
 * as much as running it, and other statements need plans that know their parameters.
 */
export class SendingDatabase extends Database {}
