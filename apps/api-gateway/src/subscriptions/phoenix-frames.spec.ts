import { phoenixVersionOf, readFrame, writeFrame } from './phoenix-frames';

const frame = { joinRef: '1', ref: '2', topic: 'phoenix', event: 'heartbeat', payload: { a: 1 } };

describe('frames of Phoenix', () => {
  it('are arrays in 2.0.0 and objects in 1.0.0', () => {
    expect(writeFrame('2.0.0', frame)).toBe('["1","2","phoenix","heartbeat",{"a":1}]');
    expect(writeFrame('1.0.0', frame)).toBe('{"topic":"phoenix","event":"heartbeat","payload":{"a":1},"ref":"2"}');
    expect(readFrame('2.0.0', writeFrame('2.0.0', frame))).toEqual(frame);
    expect(readFrame('1.0.0', writeFrame('1.0.0', frame))).toEqual({ ...frame, joinRef: null });
  });

  it.each(['', 'x', 'null', '[]', '{}', '["1","2","t","e"]', '[1,2,3,4,5]'])('are nothing else: %s', (text) => {
    expect(readFrame('2.0.0', text)).toBeNull();
    expect(readFrame('1.0.0', text)).toBeNull();
  });

  it('take no reference back but a text or a number, and no payload but an object', () => {
    expect(readFrame('2.0.0', '[[],{},"t","e",[1]]')).toEqual({
      joinRef: null,
      ref: null,
      topic: 't',
      event: 'e',
      payload: {},
    });
    expect(readFrame('2.0.0', '[1,2,"t","e",null]')).toMatchObject({ joinRef: 1, ref: 2, payload: {} });
  });
});

it.each([
  [null, '1.0.0'],
  ['1.0.0', '1.0.0'],
  ['2.0.0', '2.0.0'],
  ['3.0.0', null],
  ['', null],
])('vsn %s means %s', (vsn, version) => {
  expect(phoenixVersionOf(vsn)).toBe(version);
});
