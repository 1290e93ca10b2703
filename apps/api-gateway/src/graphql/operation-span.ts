import type { SpanStart } from '@groundswell/observability';
import type { PreparedOperation } from './documents/prepare-operation';

/** Root fields are the schema's; the name of an operation is the caller's, and may be anything. */
export function operationSpan({ kind, operation }: PreparedOperation): Pick<SpanStart, 'name' | 'kind' | 'attributes'> {
  const { selections } = operation.selectionSet;
  const [first] = selections;
  const field = first?.kind === 'Field' ? first.name.value : 'fragment';
  return {
    name: `${kind} ${field}`,
    kind: 'internal',
    attributes: { 'graphql.operation.type': kind, 'groundswell.root_fields': selections.length },
  };
}
