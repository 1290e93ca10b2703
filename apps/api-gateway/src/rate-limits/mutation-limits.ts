import { Kind } from 'graphql';
import type { DocumentNode, SelectionSetNode } from 'graphql';
import type { RequestContext } from '../auth/access';
import type { PreparedOperation } from '../graphql/documents/prepare-operation';
import { addressKey } from './address-key';
import type { LimitName } from './limits';
import type { RateLimiter } from './rate-limiter';

/** Mutations that a stranger may call, by the limit that counts them (graphql-api.md §1.11). */
const anonymousMutations = new Set([
  'addAction',
  'addActionContact',
  'linkActions',
  'addStripePaymentIntent',
  'addStripeSubscription',
  'addStripeObject',
]);
const codeMutations = new Set(['acceptOrgConfirm', 'rejectOrgConfirm', 'acceptUserConfirm', 'rejectUserConfirm']);

const uploadMutations = new Set(['requestUpload']);

type Counts = { anonymous: number; codes: number; uploads: number };

/** Counts mutations of one address before they run: the one place for GraphQL over HTTP and over sockets. */
export class MutationLimits {
  private readonly counted = new WeakMap<PreparedOperation, Counts>();

  constructor(private readonly limiter: RateLimiter) {}

  /** Throws TooManyRequestsError. Undefined, so that nobody waits, where nothing is limited. */
  admit(operation: PreparedOperation, { viewer, ip }: RequestContext): Promise<void> | undefined {
    if (operation.kind !== 'mutation') return undefined;
    const { anonymous, codes, uploads } = this.countsOf(operation);
    const counted: [LimitName, number][] = [];
    if (codes > 0) counted.push(['confirmCodeByAddress', codes]);
    if (uploads > 0) counted.push(['uploadByAddress', uploads]);
    if (anonymous > 0 && viewer === null && this.limiter.isLimited('mutationByAddress')) {
      counted.push(['mutationByAddress', anonymous]);
    }
    return counted.length > 0 ? this.consume(counted, addressKey(ip)) : undefined;
  }

  private async consume(counted: [LimitName, number][], key: string): Promise<void> {
    for (const [name, points] of counted) await this.limiter.consume(name, key, points);
  }

  private countsOf(operation: PreparedOperation): Counts {
    let counts = this.counted.get(operation);
    if (!counts) {
      const fields = rootFields(operation.operation.selectionSet, operation.document);
      counts = {
        anonymous: fields.filter((field) => anonymousMutations.has(field)).length,
        codes: fields.filter((field) => codeMutations.has(field)).length,
        uploads: fields.filter((field) => uploadMutations.has(field)).length,
      };
      this.counted.set(operation, counts);
    }
    return counts;
  }
}

/** Names of the fields at the root, each as often as it stands there. */
const rootFields = ({ selections }: SelectionSetNode, document: DocumentNode): string[] =>
  selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(selection.selectionSet, document);
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? rootFields(fragment.selectionSet, document) : [];
  });
