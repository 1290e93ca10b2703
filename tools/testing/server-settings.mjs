/** Erlang terms: queues say every second, not every five, what they hold, and the management API shows it as often. */
const BROKER_FIGURES = `
  {rabbit, [{quorum_tick_interval, 1000}, {collect_statistics_interval, 1000}]},
  {rabbitmq_management, [{sample_retention_policies, [{global, [{65, 1}]}, {basic, [{65, 1}]}, {detailed, [{10, 1}]}]}]}`;

/**
 * Of the servers that a test run starts for all its files, for `startServers`. No machine goes down under them, and what a killed
 * process had written the kernel still has: waiting for the disk would prove nothing. Crash tests kill servers of their own, which
 * do wait. Servers in containers, and those somebody names, have their own settings: no test may need these.
 */
export const TEST_SERVER_SETTINGS = {
  postgres: { settings: { fsync: 'off', full_page_writes: 'off' } },
  rabbit: { advancedConfig: BROKER_FIGURES },
};
