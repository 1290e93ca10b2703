import { fleet } from '../fleet.mjs';
import { stopping } from '../launching.mjs';
import { brokerVariable, roleVariable, secretKeys } from '../secret-names.mjs';
import { readPrograms } from './programs.mjs';

/** No more replicas than that make sense of a service whose work one replica does at a time. */
const STANDBY_REPLICAS = 5;
const GATEWAY_REPLICAS = 100;

/**
 * What the chart's templates know of the code: k8s/groundswell/files/fleet.json. Every service with its database role, broker user,
 * stopping times, queues to be scaled by, and the variables it reads; so the chart sets nothing that nobody reads.
 */
export async function fleetFile() {
  const { schemas, variablesOf, isSecret, queuesRead } = await readPrograms();
  const variables = (name) => {
    const names = variablesOf(schemas[name]);
    return { variables: names, secrets: names.filter((one) => isSecret(schemas[name], one)) };
  };
  const services = fleet.map(({ name, databaseRole, brokerUser }) => ({
    name,
    databaseRole,
    databasePassword: roleVariable[databaseRole],
    ...(brokerUser
      ? { brokerUser, brokerPassword: brokerVariable[brokerUser], passwords: [] }
      : { passwords: Object.values(brokerVariable) }),
    ...stopping(name),
    queues: queuesRead[name]?.pattern ?? '',
    mostReplicas: queuesRead[name]?.mostReplicas ?? (name === 'api-gateway' ? GATEWAY_REPLICAS : STANDBY_REPLICAS),
    ...variables(name),
  }));
  const topology = services.find(({ name }) => name === 'topology-service');
  return {
    note: 'Written by node tools/chart.mjs from the code; tools/test/chart.test.mjs compares.',
    secretKeys,
    services,
    migrate: { name: 'migrate', passwords: Object.values(roleVariable), ...variables('migrate') },
    // The Job that runs topology-service once.
    topology: { name: 'topology', variables: topology.variables },
    doctor: { name: 'doctor', passwords: [], ...variables('doctor') },
    smoke: { name: 'smoke', passwords: [], ...variables('smoke') },
  };
}

export const asText = (file) => `${JSON.stringify(file, null, 2)}\n`;
