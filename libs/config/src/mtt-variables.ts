import { z } from 'zod';
import { describeField, integer, milliseconds } from './fields';

const hoursOfDay = 24;
const expected = `${hoursOfDay} shares from 0 to 1, separated by commas`;

/** How mails to targets are paced, the same for whoever plans and whoever forecasts (email-and-mtt.md §5.5, §5.6). */
export const mttVariables = (defaults: { cycleMs: number; perHour: number; ratios: readonly number[] }) => ({
  /** Length of a cycle in the arithmetic of campaigns that drip, ms. */
  MTT_CYCLE: milliseconds(defaults.cycleMs),
  /** Messages a target of a campaign by the hour gets in an hour at most, where the campaign does not say. */
  MTT_HOURLY_CAP: integer({ min: 1, max: 100_000, default: defaults.perHour, unit: 'messages' }),
  /** Share of that for each hour of the campaign's day, from midnight. */
  MTT_HOUR_RATIOS: hourRatios(defaults.ratios),
});

const hourRatios = (defaultRatios: readonly number[]): z.ZodType<number[]> => {
  const field = z.string().transform((text, context) => {
    const ratios = text.split(',').map((part) => (/^\s*\d*\.?\d+\s*$/.test(part) ? Number(part) : Number.NaN));
    if (ratios.length === hoursOfDay && ratios.every((ratio) => ratio >= 0 && ratio <= 1)) return ratios;
    context.addIssue({ code: 'custom', message: `is not ${expected}` });
    return z.NEVER;
  });
  return describeField(field.default([...defaultRatios] as never), { expected }) as unknown as z.ZodType<number[]>;
};
