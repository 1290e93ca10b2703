import TestSequencer from '@jest/test-sequencer';

/** Files of 20 s and more, the longest first. One that began last would run alone, with the other workers idle. */
const LONGEST = [
  'crash-run.crash-spec.ts',
  'mail-kills.crash-spec.ts',
  'mtt-kills.crash-spec.ts',
  'kill-services.crash-spec.ts',
  'stats-counters.crash-spec.ts',
  'catalogue-copy.int-spec.ts',
  'all-orders.int-spec.ts',
  'spool.int-spec.ts',
  'surroundings.int-spec.ts',
  'full-queues.int-spec.ts',
  'rename.int-spec.ts',
  'target-mails.int-spec.ts',
  'mjml-compiler.int-spec.ts',
  'crossing.int-spec.ts',
  'smtp.int-spec.ts',
  'mail-loops.int-spec.ts',
  '13-kill-9.spec.ts',
  'parked-tool.int-spec.ts',
  'admin-first-boot.int-spec.ts',
  'replicas.int-spec.ts',
  'org-queues.int-spec.ts',
  'requeueing.int-spec.ts',
  'losses.int-spec.ts',
  'permission-matrix.int-spec.ts',
  'mailings-sending.int-spec.ts',
  'mailings-resume.int-spec.ts',
  'campaign-simulation.int-spec.ts',
  'doctor.e2e-spec.ts',
  'images.e2e-spec.ts',
  'proca-cli.e2e-spec.ts',
  'queue-monitor.e2e-spec.ts',
  'mail-ops.e2e-spec.ts',
  'notify.e2e-spec.ts',
  'reminders.e2e-spec.ts',
  'signature-to-crm.e2e-spec.ts',
  'mails.e2e-spec.ts',
];

/** A clean checkout knows no durations, and Jest then begins with the largest files. */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const place = ({ path }) => [...LONGEST, path].findIndex((name) => name === path || path.endsWith(`/${name}`));
    return super.sort(tests).toSorted((one, other) => place(one) - place(other));
  }
}
