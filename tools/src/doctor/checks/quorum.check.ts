import { fault, listed, notice, redundancy, type Check, type DoctorSettings, type Finding, type Look } from '../check';
import type { BrokerQueue } from '../sources/broker';
import type { Sources } from '../sources/sources';
import { fewestNodes } from './nodes.check';
import { queueSets } from './queue-sets';

/** Every queue of ours is led, and by enough members to lose one (design.md §4). */
export class QuorumCheck implements Check {
  readonly id = 'quorum';
  readonly title = 'every queue is led and has its members';
  readonly settles = true;

  async look(sources: Sources, settings: DoctorSettings): Promise<Look> {
    const sets = await queueSets(await sources.database());
    const ours = new Set(sets.flatMap(({ queues }) => queues));
    const queues = (await sources.broker().queues()).filter(({ name }) => ours.has(name));
    const nodes = (await sources.broker().nodes()).filter(({ running }) => running).length;
    return { findings: quorumFindings(queues, nodes, settings), figures: { queues: queues.length } };
  }
}

export function quorumFindings(
  queues: readonly BrokerQueue[],
  nodes: number,
  settings: Pick<DoctorSettings, 'isCluster'>,
): Finding[] {
  const findings: Finding[] = [];
  const fewMembers: string[] = [];
  for (const { name, leader, members = [], online = [] } of queues) {
    const isLed = leader !== undefined && leader !== '' && (online.length === 0 || online.includes(leader));
    if (members.length > 0 && online.length <= members.length / 2) {
      findings.push(
        fault(name, `${online.length} of ${members.length} members are online: it takes and gives nothing`),
      );
    } else if (!isLed) findings.push(fault(name, 'nobody leads it: it takes and gives nothing'));
    else if (online.length < members.length) {
      findings.push(notice(name, `${online.length} of ${members.length} members are online`));
    }
    if (nodes > 1 && members.length < Math.min(fewestNodes, nodes)) fewMembers.push(name);
  }
  if (fewMembers.length > 0) {
    findings.push(redundancy(settings, 'members', `fewer than ${Math.min(fewestNodes, nodes)}: ${listed(fewMembers)}`));
  }
  return findings;
}
