import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { namedAs, url } from './fields';

/** How every service reaches RabbitMQ. A schema that has them is refined by `checkBrokerTls`. */
export const brokerVariables = () => ({
  /** The broker, with this service's user; `amqps://` is TLS. */
  AMQP_URL: namedAs(url(['amqp', 'amqps']), 'AMQP_URL', 'CLOUDAMQP_URL'),
  /** PEM file of the authorities whose certificate the broker must show; without it those that Node.js knows. */
  AMQP_CACERTFILE: z.string().optional(),
  /** PEM files of the certificate and key this service shows the broker: both or none. */
  AMQP_CERTFILE: z.string().optional(),
  AMQP_KEYFILE: z.string().optional(),
});

const tlsFiles = { ca: 'AMQP_CACERTFILE', cert: 'AMQP_CERTFILE', key: 'AMQP_KEYFILE' } as const;

export interface BrokerTlsConfig {
  AMQP_URL: string;
  AMQP_CACERTFILE?: string | undefined;
  AMQP_CERTFILE?: string | undefined;
  AMQP_KEYFILE?: string | undefined;
}

/** PEM texts as `tls.connect` takes them. */
export interface BrokerTls {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/** For `superRefine`: files that belong together, that can be read, and that are of use with this address. */
export function checkBrokerTls(config: BrokerTlsConfig, context: z.core.$RefinementCtx): void {
  const problem = (variable: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [variable], message });
  if (!config.AMQP_CERTFILE !== !config.AMQP_KEYFILE) {
    const [given, missing] = config.AMQP_CERTFILE ? [tlsFiles.cert, tlsFiles.key] : [tlsFiles.key, tlsFiles.cert];
    problem(given, `is of no use without ${missing}`);
  }
  for (const variable of Object.values(tlsFiles)) {
    const file = config[variable];
    if (!file) continue;
    if (!config.AMQP_URL.startsWith('amqps:')) problem(variable, 'is of no use: AMQP_URL does not begin with amqps://');
    const fault = faultOf(file);
    if (fault) problem(variable, fault);
  }
}

/** The files' contents, read now; undefined where none is set. */
export function brokerTlsOf(config: BrokerTlsConfig): BrokerTls | undefined {
  const set = Object.entries(tlsFiles).flatMap(([name, variable]) => {
    const file = config[variable];
    return file ? [[name, readFileSync(file)] as const] : [];
  });
  return set.length > 0 ? Object.fromEntries(set) : undefined;
}

function faultOf(file: string): string | null {
  try {
    return readFileSync(file, 'latin1').includes('-----BEGIN ') ? null : `"${file}" is no PEM file`;
  } catch (error) {
    return `cannot read "${file}": ${(error as NodeJS.ErrnoException).code ?? 'failed'}`;
  }
}
