import { fault, redundancy, type Check, type DoctorSettings, type Finding, type Look } from '../check';
import type { BrokerNode } from '../sources/broker';
import type { Sources } from '../sources/sources';

/** As many as can lose one and still agree. */
export const fewestNodes = 3;

export class NodesCheck implements Check {
  readonly id = 'nodes';
  readonly title = 'all nodes of the broker run, agree and take messages';
  readonly settles = true;

  async look(sources: Sources, settings: DoctorSettings): Promise<Look> {
    const nodes = await sources.broker().nodes();
    return { findings: nodeFindings(nodes, settings), figures: { nodes: nodes.length } };
  }
}

export function nodeFindings(nodes: readonly BrokerNode[], settings: Pick<DoctorSettings, 'isCluster'>): Finding[] {
  const running = nodes.filter((node) => node.running);
  return [
    ...nodes.filter((node) => !node.running).map(({ name }) => fault(name, 'does not run')),
    ...running
      .filter((node) => node.mem_alarm)
      .map(({ name }) => fault(name, 'is out of memory and takes no messages')),
    ...running
      .filter((node) => node.disk_free_alarm)
      .map(({ name }) => fault(name, 'is out of disk and takes no messages')),
    ...running
      .filter(({ partitions }) => (partitions ?? []).length > 0)
      .map(({ name, partitions }) => fault(name, `does not see ${partitions?.join(', ')}`)),
    ...(nodes.length < fewestNodes
      ? [
          redundancy(
            settings,
            'nodes',
            `${nodes.length} of at least ${fewestNodes}: the loss of a disk loses what waits`,
          ),
        ]
      : []),
  ];
}
