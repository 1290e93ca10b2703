import { callsBySize, entryOf, maxCallBytes, type SqsEntry } from './sqs-entry';

const entryFor = (body: unknown, position = 0): SqsEntry =>
  entryOf(
    {
      id: '1',
      messageId: 'action:1',
      kind: 'action',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      attemptedAt: new Date(0),
    },
    position,
  );

const valuesOf = ({ entry }: SqsEntry): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(entry.MessageAttributes ?? {}).map(([name, value]) => [name, value.StringValue]));

describe('entryOf', () => {
  it('is named by its position and says what readers sort by', () => {
    const message = {
      schema: 'proca:action:2',
      stage: 'system',
      eventType: 'join_campaign',
      actionId: null,
      campaign: { name: 'river' },
      action: { actionType: 'join_campaign' },
    };
    const entry = entryFor(message, 7);
    expect(entry.entry).toMatchObject({ Id: '7', MessageBody: JSON.stringify(message) });
    expect(valuesOf(entry)).toEqual({
      Schema: 'proca:action:2',
      Stage: 'system',
      CampaignName: 'river',
      ActionType: 'join_campaign',
      EventType: 'join_campaign',
    });
    expect(Object.values(entry.entry.MessageAttributes ?? {}).every(({ DataType }) => DataType === 'String')).toBe(
      true,
    );
  });

  it.each([
    [{ schema: 'proca:event:2', eventType: 'confirm_created' }, ['Schema', 'EventType']],
    [{ schema: 'proca:action:2', stage: '', campaign: null, action: { actionType: 7 } }, ['Schema']],
    ['not JSON', []],
    ['[1]', []],
    ['null', []],
  ])('leaves out what %j does not say', (body, names) => {
    expect(Object.keys(valuesOf(entryFor(body)))).toEqual(names);
  });

  it('sends no character that SQS refuses, and the same text', () => {
    const message = { schema: 'a\u0000b\u{FFFE}\u{D800}', text: 'x\u{FFFF}\u{FFFE}\u{1F600}\n\u0001 ž' };
    const entry = entryFor(message);
    expect(entry.entry.MessageBody).not.toMatch(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u);
    expect(JSON.parse(entry.entry.MessageBody)).toEqual(message);
    expect(valuesOf(entry)).toEqual({ Schema: 'a\u{FFFD}b\u{FFFD}\u{FFFD}' });
  });

  it('counts bytes, not characters, and the attributes too', () => {
    expect(entryFor('"žž"').bytes).toBe(6);
    const body = '{"schema":"é"}';
    expect(entryFor(body).bytes).toBe(Buffer.byteLength(body) + 'Schema'.length + 'String'.length + 2);
  });
});

describe('callsBySize', () => {
  const ofBytes = (...sizes: number[]): SqsEntry[] =>
    sizes.map((bytes, position) => ({ ...entryFor('1', position), bytes }));
  const max = maxCallBytes;

  it.each([
    [[], []],
    [[1, 2, 3], [[1, 2, 3]]],
    [[max], [[max]]],
    [
      [max - 1, 1, 1],
      [[max - 1, 1], [1]],
    ],
    [
      [1, max, 1],
      [[1], [max], [1]],
    ],
    [
      [max / 2, max / 2, max / 2],
      [[max / 2, max / 2], [max / 2]],
    ],
  ])('makes of %j calls of %j', (sizes, calls) => {
    expect(callsBySize(ofBytes(...sizes)).map((call) => call.map(({ bytes }) => bytes))).toEqual(calls);
  });
});
