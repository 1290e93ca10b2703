import { GraphQLError, Kind, print, TypeInfo, valueFromAST, visit, visitWithTypeInfo } from 'graphql';
import type {
  ArgumentNode,
  DocumentNode,
  GraphQLInputType,
  GraphQLSchema,
  OperationDefinitionNode,
  ValueNode,
  VariableDefinitionNode,
} from 'graphql';
import { parseType } from 'graphql';

/** A literal of the client's text that became a variable. */
interface HoistedLiteral {
  variable: string;
  argument: string;
  type: GraphQLInputType;
  literal: ValueNode;
}

export interface HoistedDocument {
  document: DocumentNode;
  /** Sets the hoisted variables beside those given; an error for a literal that came out invalid by what its variables
   *  hold. */
  addLiterals(values: Record<string, unknown>): GraphQLError | null;
}

/** Kinds whose text cannot be more than a value. */
const harmless: ReadonlySet<Kind> = new Set([Kind.VARIABLE, Kind.INT, Kind.FLOAT, Kind.BOOLEAN, Kind.ENUM, Kind.NULL]);

/** Turns texts, lists and objects written into arguments into variables, since graphql-jit (0.8.9) must not see them:
 *  it writes literals into the program it compiles, and a string that begins with its mark for dates is run as code;
 *  an absent variable inside of an object arrives as null; one inside of `Json` is lost. `document` holds one
 *  validated operation. */
export const hoistLiterals = (document: DocumentNode, schema: GraphQLSchema): HoistedDocument => {
  const types = new TypeInfo(schema);
  const hoisted: HoistedLiteral[] = [];
  const prefix = unusedPrefix(document);
  const withVariables = visit(
    document,
    visitWithTypeInfo(types, {
      Argument: (node): ArgumentNode | undefined => {
        const type = types.getDirective() ? null : types.getArgument()?.type;
        if (!type || harmless.has(node.value.kind)) return undefined;
        const variable = `${prefix}${hoisted.length}`;
        hoisted.push({ variable, argument: node.name.value, type, literal: node.value });
        return { ...node, value: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: variable } } };
      },
    }),
  );
  const declared = declareVariables(withVariables, hoisted.map(definitionOf));
  return { document: declared, addLiterals: (values) => addLiterals(hoisted, values) };
};

/** Adds definitions, and leaves out those of variables that only stood inside of literals. */
const declareVariables = (document: DocumentNode, definitions: readonly VariableDefinitionNode[]): DocumentNode => {
  const used = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: (node) => void used.add(node.name.value),
  });
  return visit(document, {
    OperationDefinition: (node): OperationDefinitionNode => {
      const own = (node.variableDefinitions ?? []).filter(({ variable }) => used.has(variable.name.value));
      return { ...node, variableDefinitions: [...own, ...definitions] };
    },
  });
};

const definitionOf = ({ variable, type }: HoistedLiteral): VariableDefinitionNode => ({
  kind: Kind.VARIABLE_DEFINITION,
  variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: variable } },
  type: parseType(String(type)),
});

/** Values are made anew for each call: a resolver may change what it is given. */
const addLiterals = (hoisted: readonly HoistedLiteral[], values: Record<string, unknown>): GraphQLError | null => {
  const own: [string, unknown][] = [];
  for (const { variable, argument, type, literal } of hoisted) {
    const value = valueFromAST(literal, type, values);
    if (value === undefined) {
      const message = `Argument "${argument}" of type "${String(type)}" has invalid value ${print(literal)}.`;
      return new GraphQLError(message, { nodes: literal });
    }
    own.push([variable, value]);
  }
  for (const [variable, value] of own) values[variable] = value;
  return null;
};

const unusedPrefix = (document: DocumentNode): string => {
  const used: string[] = [];
  visit(document, { VariableDefinition: (node) => void used.push(node.variable.name.value) });
  let prefix = 'literal';
  while (used.some((name) => name.startsWith(prefix))) prefix += '_';
  return prefix;
};
