import { BREAK, GraphQLError, SchemaMetaFieldDef, TypeMetaFieldDef, visit } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';

/** Extension of a schema that is not shown to those who use it. */
export const hidden = { isHidden: true } as const;

/** Only root selections can hold these fields, whatever fragment they stand in. */
const metaFields: ReadonlySet<string> = new Set([SchemaMetaFieldDef.name, TypeMetaFieldDef.name]);

/** Throws for a document that asks about a hidden schema (graphql-api.md §1.10). */
export const refuseIntrospection = (document: DocumentNode, schema: GraphQLSchema): void => {
  if (schema.extensions['isHidden'] !== true) return;
  let isAsked = false;
  visit(document, {
    Field: (node) => {
      if (!metaFields.has(node.name.value)) return undefined;
      isAsked = true;
      return BREAK;
    },
  });
  if (isAsked) throw new GraphQLError('Unauthorized');
};
