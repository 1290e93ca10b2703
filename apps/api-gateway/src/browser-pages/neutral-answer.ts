import { setTimeout as pause } from 'node:timers/promises';

/** Longer than looking an account up and asking for its mail takes, so that time does not tell who has one. */
const neutralMs = 150;

/** Waits for the work, and not less than for everybody. */
export const neutrally = async (work: Promise<void>): Promise<void> => {
  await Promise.all([work, pause(neutralMs)]);
};
