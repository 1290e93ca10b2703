import { getNamedType, getNullableType, isCompositeType, isListType, Kind } from 'graphql';
import { isInterfaceType, isObjectType, SchemaMetaFieldDef, TypeMetaFieldDef } from 'graphql';
import type { DocumentNode, FieldNode, FragmentDefinitionNode, GraphQLNamedType, GraphQLOutputType } from 'graphql';
import type { GraphQLSchema, OperationDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql';
import { camelName } from './camel-name';

/** How much one operation asks for, its fragments counted wherever they are spread. */
export interface DocumentSize {
  /** Fields below each other. */
  depth: number;
  /** Fields under another name than their own. */
  aliases: number;
  /** Fields, each times the rows of the lists it stands in. */
  cost: number;
}

/** What one field of a mutation counts: it writes. */
export const mutationCost = 10;
/** Rows a list of objects counts, whatever its arguments say: they may be variables, and a document is measured once. */
export const countedRows = 10;

const nothing: DocumentSize = { depth: 0, aliases: 0, cost: 0 };

/** The largest of its operations in each respect. Costs no more than reading the document once: what a fragment counts is
 *  worked out once. Fields nobody knows count too; validation refuses them. */
export const sizeOf = (document: DocumentNode, schema: GraphQLSchema): DocumentSize => {
  const measure = new Measure(document, schema);
  return document.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => measure.operation(operation))
    .reduce(largest, nothing);
};

const largest = (a: DocumentSize, b: DocumentSize): DocumentSize => ({
  depth: Math.max(a.depth, b.depth),
  aliases: Math.max(a.aliases, b.aliases),
  cost: Math.max(a.cost, b.cost),
});

const beside = (a: DocumentSize, b: DocumentSize): DocumentSize => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  cost: a.cost + b.cost,
});

type Parent = GraphQLNamedType | undefined;

class Measure {
  private readonly definitions = new Map<string, FragmentDefinitionNode>();
  /** One that is being measured counts nothing: validation refuses fragments that spread themselves. */
  private readonly fragments = new Map<string, DocumentSize>();

  constructor(
    document: DocumentNode,
    private readonly schema: GraphQLSchema,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.definitions.set(definition.name.value, definition);
    }
  }

  operation({ operation, selectionSet }: OperationDefinitionNode): DocumentSize {
    return this.selections(selectionSet, this.schema.getRootType(operation) ?? undefined);
  }

  private selections(set: SelectionSetNode | undefined, parent: Parent): DocumentSize {
    let size = nothing;
    for (const selection of set?.selections ?? []) size = beside(size, this.selection(selection, parent));
    return size;
  }

  private selection(node: SelectionNode, parent: Parent): DocumentSize {
    switch (node.kind) {
      case Kind.FIELD:
        return this.field(node, parent);
      case Kind.FRAGMENT_SPREAD:
        return this.fragment(node.name.value);
      case Kind.INLINE_FRAGMENT:
        return this.selections(node.selectionSet, this.typeNamed(node.typeCondition) ?? parent);
    }
  }

  private fragment(name: string): DocumentSize {
    const known = this.fragments.get(name);
    if (known) return known;
    this.fragments.set(name, nothing);
    const definition = this.definitions.get(name);
    const size = definition
      ? this.selections(definition.selectionSet, this.typeNamed(definition.typeCondition))
      : nothing;
    this.fragments.set(name, size);
    return size;
  }

  private field({ name, alias, selectionSet }: FieldNode, parent: Parent): DocumentSize {
    const type = typeOfField(name.value, parent);
    const inside = this.selections(selectionSet, type && getNamedType(type));
    const rows = type && isListOfObjects(type) ? countedRows : 1;
    return {
      depth: inside.depth + 1,
      aliases: inside.aliases + (alias ? 1 : 0),
      cost: (parent && parent === this.schema.getMutationType() ? mutationCost : 1) + rows * inside.cost,
    };
  }

  private typeNamed(node: { name: { value: string } } | undefined): Parent {
    return node && this.schema.getType(node.name.value);
  }
}

/** Below `__schema` and `__type` nothing is multiplied: they read what lies in memory, and tools ask for all of it. */
const isListOfObjects = (type: GraphQLOutputType): boolean => {
  const named = getNamedType(type);
  return isListType(getNullableType(type)) && isCompositeType(named) && !named.name.startsWith('__');
};

const typeOfField = (name: string, parent: Parent): GraphQLOutputType | undefined => {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef.type;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef.type;
  if (!isObjectType(parent) && !isInterfaceType(parent)) return undefined;
  const fields = parent.getFields();
  return (fields[name] ?? fields[camelName(name)])?.type;
};
