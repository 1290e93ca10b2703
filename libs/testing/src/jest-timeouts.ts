/** Tests meet real servers: a step may wait for a reconnect, so the default of 5 s is too short. Waits are by condition. */
jest.setTimeout(120_000);
