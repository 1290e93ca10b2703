import {
  buildSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type GraphQLCompositeType,
  type GraphQLOutputType,
} from 'graphql';
import { typeDefs } from '../../src/graphql/schema/type-defs';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';
import { askedDocuments, listDocuments, type ListedNames } from './list-costs.documents';
import { addAdmin, ListedWorld } from './list-costs.world';
import { StatementCounter } from './statement-counter';

const many = 6;
/** Without the look-up of the token, which is remembered for a while, and what the gateway asks by itself. */
const askedForAnswers =
  /^(?!.*(users_tokens token|catalogue_version|catalog\.outbox|catalog\.job)).*from (catalog|actions|mail|stats|mtt|forwarder)\./is;

const schema = buildSchema(typeDefs);

const isListOfObjects = (type: GraphQLOutputType): boolean =>
  isListType(getNullableType(type)) && isCompositeType(getNamedType(type));

describe('the documents', () => {
  it('ask for every field of the schema that may stand below a list', () => {
    const names: ListedNames = {
      org: 'o',
      title: 't',
      campaign: 'c',
      campaignId: 1,
      pageId: 1,
      actionId: 1,
      uploadId: 1,
      ruleId: 1,
    };
    const documents = [...Object.values(listDocuments).map((document) => document(names)), ...askedDocuments];
    const covered = new Set(documents.flatMap(fieldsBelowLists));
    const missing = nestableTypes().flatMap((type) =>
      Object.keys(type.getFields())
        .map((field) => [type, ...type.getInterfaces()].map(({ name }) => `${name}.${field}`))
        .filter((ways) => !ways.some((way) => covered.has(way)))
        .map(([way]) => way),
    );
    expect(missing).toEqual([]);
  });
});

describe('a list of six costs as many statements as a list of one', () => {
  let fleet: GatewayFleet;
  let gateway: RunningGateway;
  let statements: StatementCounter;
  let token: string;
  let one: ListedNames;
  let six: ListedNames;

  beforeAll(async () => {
    fleet = await GatewayFleet.create();
    const admin = await addAdmin(fleet);
    token = admin.token;
    one = await ListedWorld.create(fleet, admin, 1);
    six = await ListedWorld.create(fleet, admin, many);
    gateway = await fleet.start({
      CATALOGUE_POLL_MS: '2147483647',
      STATS_CACHE_MS: '0',
      START_DAEMON_SERVERS: 'false',
    });
    await gateway.isReady();
    statements = StatementCounter.start(gateway, askedForAnswers);
  });
  afterAll(() => fleet.close());

  async function ask(document: string): Promise<{ elements: number; statements: string[] }> {
    statements.take();
    const { data, errors } = await gateway.post(document, {}, token);
    expect(errors).toBeUndefined();
    return { elements: elementsIn(data), statements: statements.takeStatements().map(withoutNumbers).sort() };
  }

  it.each(Object.entries(listDocuments))('%s', async (_what, documentFor) => {
    const few = await ask(documentFor(one));
    const more = await ask(documentFor(six));
    expect(few.elements).toBeGreaterThan(0);
    expect(more.elements).toBeGreaterThan(few.elements);
    expect(more.statements).toEqual(few.statements);
  });
});

/** Types of list elements, and what they lead to. */
function nestableTypes() {
  const found = new Set<GraphQLCompositeType>();
  const addWithFields = (type: GraphQLCompositeType): void => {
    if (found.has(type)) return;
    found.add(type);
    if (isInterfaceType(type)) for (const one of schema.getPossibleTypes(type)) addWithFields(one);
    if (isObjectType(type)) for (const { type: next } of Object.values(type.getFields())) addOutput(next);
  };
  const addOutput = (type: GraphQLOutputType): void => {
    const named = getNamedType(type);
    if (isCompositeType(named)) addWithFields(named);
  };
  const lists = answeredTypes().flatMap((type) =>
    Object.values(type.getFields()).filter((field) => isListOfObjects(field.type)),
  );
  for (const { type } of lists) addOutput(type);
  return [...found].filter((type) => isObjectType(type));
}

/** All objects but the roots of changes and subscriptions. */
function answeredTypes() {
  const isAnswered = (name: string): boolean =>
    !name.startsWith('__') && !/^Root(Mutation|Subscription)Type$/.test(name);
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter(({ name }) => isAnswered(name));
}

function fieldsBelowLists(document: string): string[] {
  const typeInfo = new TypeInfo(schema);
  const fields: string[] = [];
  let listsAround = 0;
  const isList = (): boolean => isListOfObjects(typeInfo.getType()!);
  visit(
    parse(document),
    visitWithTypeInfo(typeInfo, {
      Field: {
        enter: ({ name }) => {
          if (listsAround > 0) fields.push(`${typeInfo.getParentType()?.name}.${name.value}`);
          if (isList()) listsAround += 1;
        },
        leave: () => {
          if (isList()) listsAround -= 1;
        },
      },
    }),
  );
  return fields;
}

function elementsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const below = Object.values(value).map(elementsIn);
  return below.reduce((sum, count) => sum + count, Array.isArray(value) ? value.length : 0);
}

/** How many values a statement compares with is not what is counted. */
const withoutNumbers = (sql: string): string => sql.replace(/\$\d+(, ?\$\d+)*/g, '$').replace(/\s+/g, ' ');
