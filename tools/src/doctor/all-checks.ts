import type { Check } from './check';
import { ClocksCheck } from './checks/clocks.check';
import { ConsumersCheck } from './checks/consumers.check';
import { CountersCheck } from './checks/counters.check';
import { DeltasCheck } from './checks/deltas.check';
import { DurabilityCheck } from './checks/durability.check';
import { GrantsCheck } from './checks/grants.check';
import { InstanceKeyCheck } from './checks/instance-key.check';
import { LeasesCheck } from './checks/leases.check';
import { LossesCheck } from './checks/losses.check';
import { MessagesCheck } from './checks/messages.check';
import { MigrationsCheck } from './checks/migrations.check';
import { MirrorCheck } from './checks/mirror.check';
import { NodesCheck } from './checks/nodes.check';
import { OutboxesCheck } from './checks/outboxes.check';
import { OverdueCheck } from './checks/overdue.check';
import { ParkedCheck } from './checks/parked.check';
import { PushesCheck } from './checks/pushes.check';
import { QuorumCheck } from './checks/quorum.check';
import { RedisCheck } from './checks/redis.check';
import { ReleasesCheck } from './checks/releases.check';
import { RoomCheck } from './checks/room.check';
import { SecretsCheck } from './checks/secrets.check';
import { ServicesCheck } from './checks/services.check';
import { SpoolCheck } from './checks/spool.check';
import { StandbyCheck } from './checks/standby.check';
import { TopologyCheck } from './checks/topology.check';
import { UnreadCheck } from './checks/unread.check';

/** In the order of the report: what must hold for the rest to make sense comes first. New ones, since some remember a look. */
export const allChecks = ({ instanceOrgName }: { instanceOrgName: string }): Check[] => [
  new MigrationsCheck(),
  new GrantsCheck(),
  new DurabilityCheck(),
  new StandbyCheck(),
  new RoomCheck(),
  new SecretsCheck(),
  new InstanceKeyCheck(instanceOrgName),
  new ServicesCheck(),
  new ReleasesCheck(),
  new ClocksCheck(),
  new RedisCheck(),
  new NodesCheck(),
  new QuorumCheck(),
  new TopologyCheck(),
  new LossesCheck(),
  new SpoolCheck(),
  new ConsumersCheck(),
  new MessagesCheck(),
  new OutboxesCheck(),
  new UnreadCheck(),
  new PushesCheck(),
  new ParkedCheck(),
  new OverdueCheck(),
  new LeasesCheck(),
  new DeltasCheck(),
  new CountersCheck(),
  new MirrorCheck(),
];
