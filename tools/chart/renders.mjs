import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { inRoot } from '../paths.mjs';

/** Values that make the chart render everything it can. */
const EVERYTHING = {
  admin: { email: 'admin@example.org' },
  image: { digests: { 'api-gateway': `sha256:${'0'.repeat(64)}` }, pullSecrets: ['registry'] },
  postgresCluster: { enabled: true, backup: { retentionPolicy: '30d' } },
  rabbitmqCluster: {
    enabled: true,
    tls: { secret: 'broker-tls', caSecret: 'broker-ca' },
    additionalConfig: 'channel_max = 1024',
  },
  redisServer: { enabled: true },
  objectStore: {
    bucket: 'groundswell',
    endpoint: 'https://objects.example.org',
    publicEndpoint: 'https://files.example.org',
  },
  secrets: { external: { enabled: true, store: { name: 'vault' }, moreKeys: ['ADMIN_PASSWORD'] } },
  ingress: { enabled: true, className: 'nginx', tlsSecret: 'tls', annotations: { a: 'b' } },
  httpRoute: { enabled: true, parentRefs: [{ name: 'public' }] },
  networkPolicy: { crm: [{ ipBlock: { cidr: '192.0.2.0/24' } }] },
  monitoring: { enabled: true, dashboards: { enabled: true } },
  doctor: { enabled: true },
  services: {
    'api-gateway': {
      autoscaling: { kind: 'hpa' },
      settings: { CORS_ALLOW_ORIGIN: 'https://act.example.org', RATE_LIMIT_MUTATIONS: 60 },
      secretSettings: { JWT_SECRET: { secret: 'sign-on', key: 'jwt' } },
    },
    'action-ingest': { autoscaling: { kind: 'keda', maxReplicas: 16 } },
    'crm-forwarder': { moreEgress: [{ ports: [{ port: 9000 }] }] },
  },
};
const ELSEWHERE = {
  database: { host: 'postgres.example.org', caSecret: 'database-ca', sslMode: 'verify-full' },
  broker: { host: 'rabbitmq.example.org', vhost: 'campaigns/one', caSecret: 'broker-ca', tls: true },
  redis: { url: 'redis://redis.example.org:6380/1', password: { secret: 'redis', key: 'password' } },
};

/** What the tests render: each values file of the chart installed and upgraded, and the two above. */
export const renders = () => [
  ...globSync(inRoot('k8s', 'groundswell', 'values-*.yaml'))
    .sort()
    .flatMap((file) => {
      const name = basename(file, '.yaml').replace('values-', '');
      return [
        { name, values: [file] },
        { name: `${name}, upgraded`, values: [file], isUpgrade: true },
      ];
    }),
  { name: 'everything', set: EVERYTHING },
  { name: 'servers elsewhere', set: ELSEWHERE },
];

/** Objects that hold a pod, with the pod's own labels and description. */
export const podsOf = ({ objects }) =>
  objects.flatMap(({ object }) => {
    const template = object.kind === 'Pod' ? object : (object.spec?.jobTemplate?.spec ?? object.spec)?.template;
    if (!template?.spec?.containers) return [];
    return [{ name: `${object.kind} ${object.metadata.name}`, labels: template.metadata.labels, spec: template.spec }];
  });
