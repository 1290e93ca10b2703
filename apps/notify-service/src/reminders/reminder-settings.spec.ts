import { reminderSettings } from './reminder-settings';

const settings = (reminder: unknown) => reminderSettings({ reminder });

describe('config.reminder', () => {
  it.each([
    ['nothing', undefined],
    ['no object', 'on'],
    ['switched off', { enabled: false }],
    ['enabled as text', { enabled: 'true' }],
    ['enabled as number', { enabled: 1 }],
  ])('%s: the org does not remind', (_name, reminder) => {
    expect(settings(reminder)).toBeNull();
  });

  it.each([
    [{}, 2, 3],
    [{ delay_days: 5, max_count: 1 }, 5, 1],
    [{ delay_days: '5', max_count: '1' }, 5, 1],
    [{ delay_days: null, max_count: ' 4 ' }, 2, 4],
    [{ max_count: 0 }, 2, 0],
  ])('%j: every %i days, %i times', (given, delayDays, maxCount) => {
    expect(settings({ enabled: true, ...given })).toEqual({ delayDays, maxCount });
  });

  it.each([
    ['delay_days', 0],
    ['delay_days', -1],
    ['delay_days', 1.5],
    ['delay_days', '2.5'],
    ['delay_days', 'soon'],
    ['delay_days', 1_001],
    ['delay_days', true],
    ['max_count', -1],
    ['max_count', ''],
    ['max_count', []],
  ])('%s %j is an error', (name, value) => {
    expect(() => settings({ enabled: true, [name]: value })).toThrow(`config.reminder.${name}`);
  });
});
