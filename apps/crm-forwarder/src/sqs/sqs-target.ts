import type { PushEndpoint } from '../pushing/push-backend';

export interface SqsSettings {
  /** To reach the endpoint. */
  connectTimeoutMs: number;
  /** For its whole answer. */
  timeoutMs: number;
  /** Whether private and loopback addresses, and queues elsewhere than at AWS, may be called. */
  allowPrivate: boolean;
  /** Of an SQS-compatible server that is asked instead of AWS: a proxy, or in tests. */
  origin?: string;
}

/** What a client is made of, and the queue it sends to. */
export interface SqsTarget {
  region: string;
  queueUrl: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Where the SDK sends to, instead of SQS of the region. */
  origin?: string;
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
/** AWS's partitions that can be reached from the internet, as the SDK's endpoints name them. */
const amazon = /\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws|api\.amazonwebservices\.(com\.cn|eu))$/;

/** `host` is the region, `path` the queue's URL (processing.md §8.3). An org may write any URL there, and the SDK would
 *  call its host. So that host is called only where the operator allows it; a queue at AWS is called at the address that
 *  the SDK knows for the region. */
export function targetOf(endpoint: PushEndpoint, settings: SqsSettings): SqsTarget | { fault: string } {
  const { host: region, user, password, path } = endpoint;
  if (!label.test(region)) return { fault: 'the host of an SQS service is its region, such as eu-west-1' };
  if (!user || !password) return { fault: 'credentials missing' };
  const queue = path && URL.canParse(path) ? new URL(path) : null;
  if (!path || !queue || !/^https?:$/.test(queue.protocol)) {
    return { fault: 'the path of an SQS service is its queue URL' };
  }
  if (queue.pathname.endsWith('.fifo')) return { fault: 'FIFO queues are not supported: they need an order' };
  const target = { region, queueUrl: path, accessKeyId: user, secretAccessKey: password };
  if (settings.origin) return { ...target, origin: settings.origin };
  if (amazon.test(queue.hostname)) return target;
  return settings.allowPrivate
    ? { ...target, origin: queue.origin }
    : { fault: 'the host of the queue URL is not Amazon SQS' };
}
