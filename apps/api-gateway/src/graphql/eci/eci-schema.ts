import { GraphQLNonNull, GraphQLObjectType, GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import { hidden } from '../documents/introspection';

/** The public view of pages, and those of what a page leads to. */
const publicTypes = ['PublicActionPage', 'PublicCampaign', 'PublicOrg'];

/** What an ECI instance shows to everybody (graphql-api.md §1.9): one query and one mutation of the whole schema, a page as
 *  its public view. What fits here fits the whole schema too, which runs it. */
export const eciSchema = (whole: GraphQLSchema): GraphQLSchema => {
  const pageView = objectType(whole, 'PublicActionPage');
  checkFields(whole, pageView);
  const query = objectType(whole, 'RootQueryType').toConfig();
  const mutation = objectType(whole, 'RootMutationType').toConfig();
  const actionPage = { ...fieldOf(query, 'actionPage'), type: new GraphQLNonNull(pageView) };
  const addActionContact = fieldOf(mutation, 'addActionContact');
  return new GraphQLSchema({
    query: new GraphQLObjectType({ ...query, fields: { actionPage } }),
    mutation: new GraphQLObjectType({ ...mutation, fields: { addActionContact } }),
    types: publicTypes.map((name) => objectType(whole, name)),
    directives: whole.getDirectives(),
    extensions: hidden,
  });
};

type ObjectConfig = ReturnType<GraphQLObjectType['toConfig']>;

const objectType = (schema: GraphQLSchema, name: string): GraphQLObjectType => {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`the schema has no type ${name}`);
  return type;
};

const fieldOf = ({ name: type, fields }: ObjectConfig, name: string): ObjectConfig['fields'][string] => {
  const field = fields[name];
  if (!field) throw new Error(`the schema has no field ${type}.${name}`);
  return field;
};

/** In the whole schema the page is an interface: a field that it lacks could not be run. */
const checkFields = (whole: GraphQLSchema, pageView: GraphQLObjectType): void => {
  const page = whole.getType('ActionPage');
  const known = isInterfaceType(page) ? page.getFields() : {};
  const unknown = Object.keys(pageView.getFields()).filter((name) => !known[name]);
  if (unknown.length > 0) throw new Error(`ActionPage lacks ${unknown.join(', ')} of its public view`);
};
