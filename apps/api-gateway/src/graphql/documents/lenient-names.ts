import { isInputObjectType, isInterfaceType, isObjectType, Kind, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type { DocumentNode, FieldNode, GraphQLNamedType, GraphQLSchema, NameNode } from 'graphql';
import { getNamedType } from 'graphql';
import { camelName } from './camel-name';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (type: GraphQLNamedType | undefined | null): Fields | null =>
  isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? type.getFields() : null;

/** The camelCase name when `name` is unknown and that one is known; else null. */
const betterName = (name: NameNode, isKnown: (name: string) => boolean): NameNode | null => {
  if (isKnown(name.value)) return null;
  const camel = camelName(name.value);
  return camel !== name.value && isKnown(camel) ? { ...name, value: camel } : null;
};

const inFields =
  (fields: Fields) =>
  (name: string): boolean =>
    Object.hasOwn(fields, name);

/** Renames what is written in snake_case and known in camelCase: arguments, keys of input literals, selected fields
 *  (which answer under the name they were asked by). Literals of `Json` have no declared keys and stay as they are
 *  (graphql-api.md §1.13). Positions of the client's text are kept. */
export const withCamelCaseNames = (document: DocumentNode, schema: GraphQLSchema): DocumentNode => {
  const types = new TypeInfo(schema);
  return visit(
    document,
    visitWithTypeInfo(types, {
      Field: (node): FieldNode | undefined => {
        const fields = fieldsOf(types.getParentType());
        const name = fields && betterName(node.name, inFields(fields));
        return name ? { ...node, alias: node.alias ?? node.name, name } : undefined;
      },
      Argument: (node) => {
        const args = types.getDirective()?.args ?? types.getFieldDef()?.args ?? [];
        const name = betterName(node.name, (wanted) => args.some((arg) => arg.name === wanted));
        return name ? { ...node, name } : undefined;
      },
      ObjectValue: (node) => {
        const type = getNamedType(types.getInputType());
        const fields = isInputObjectType(type) ? fieldsOf(type) : null;
        if (!fields) return undefined;
        const renamed = node.fields.map((field) => {
          const name = betterName(field.name, inFields(fields));
          return name ? { ...field, name } : field;
        });
        return { ...node, kind: Kind.OBJECT, fields: renamed };
      },
    }),
  );
};
