import { followUpSettingsOf } from './follow-up';

const off = { moderation: false, dueHours: null };

it.each([
  [{}, off],
  [{ followUps: null }, off],
  [{ followUps: 'yes' }, off],
  [{ followUps: { moderation: 'true' } }, off],
  [{ followUps: { moderation: true } }, { moderation: true, dueHours: null }],
  [{ followUps: { moderation: true, dueHours: 48 } }, { moderation: true, dueHours: 48 }],
  [{ followUps: { moderation: true, dueHours: -1 } }, { moderation: true, dueHours: null }],
  [{ followUps: { moderation: true, dueHours: 1e9 } }, { moderation: true, dueHours: null }],
])('of a config %j are %j', (config, settings) => {
  expect(followUpSettingsOf(config)).toEqual(settings);
});
