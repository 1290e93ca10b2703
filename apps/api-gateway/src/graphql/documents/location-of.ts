import { getLocation, Kind } from 'graphql';
import type { FragmentDefinitionNode, SelectionSetNode, SourceLocation } from 'graphql';
import type { PreparedOperation } from './prepare-operation';

/** Where in the client's text the field stands that answers under this path. The engine only knows positions in the
 *  printed text it ran. */
export const locationOf = (
  { document, operation }: PreparedOperation,
  path: readonly (string | number)[],
): SourceLocation[] | undefined => {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const keys = path.filter((key) => typeof key === 'string');
  const start = findField(operation.selectionSet, keys, fragments);
  return start?.loc && [getLocation(start.loc.source, start.loc.start)];
};

type Found = { loc?: { source: Parameters<typeof getLocation>[0]; start: number } } | null;

/** A key may be selected several times (in fragments): the first that leads to the end counts. */
const findField = (
  set: SelectionSetNode | undefined,
  [key, ...rest]: readonly string[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Found => {
  for (const selection of set?.selections ?? []) {
    let found: Found = null;
    if (selection.kind === Kind.FIELD) {
      if ((selection.alias ?? selection.name).value !== key) continue;
      found = rest.length === 0 ? selection : findField(selection.selectionSet, rest, fragments);
    } else {
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value)?.selectionSet;
      found = findField(inner, key === undefined ? [] : [key, ...rest], fragments);
    }
    if (found) return found;
  }
  return null;
};
