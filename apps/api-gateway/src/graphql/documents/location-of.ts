import { getLocation, Kind } from 'graphql';
import type {
  FieldNode,
  FragmentDefinitionNode,
  FragmentSpreadNode,
  InlineFragmentNode,
  SelectionSetNode,
  SourceLocation,
} from 'graphql';
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

type Found = FieldNode | null;

/** A key may be selected several times (in fragments): the first that leads to the end counts. */
const findField = (
  set: SelectionSetNode | undefined,
  keys: readonly string[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Found => {
  for (const selection of set?.selections ?? []) {
    const found =
      selection.kind === Kind.FIELD
        ? findInField(selection, keys, fragments)
        : findField(setOf(selection, fragments), keys, fragments);
    if (found) return found;
  }
  return null;
};

const findInField = (
  field: FieldNode,
  [key, ...rest]: readonly string[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Found => {
  if ((field.alias ?? field.name).value !== key) return null;
  return rest.length === 0 ? field : findField(field.selectionSet, rest, fragments);
};

const setOf = (
  selection: FragmentSpreadNode | InlineFragmentNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): SelectionSetNode | undefined =>
  selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : fragments.get(selection.name.value)?.selectionSet;
