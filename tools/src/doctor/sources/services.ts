import { reasonOf } from '../reason-of';

export interface ServiceAddress {
  name: string;
  /** Of its port, without a path. */
  url: string;
}

/** One answer of one process. `fault`: it did not answer, and why. */
export interface ServiceAnswer extends ServiceAddress {
  fault: string | null;
  status: number;
  body: string;
  /** The Date header, ms since 1970, whole seconds. */
  clock: number | null;
  /** By this machine's clock, ms since 1970. */
  askedAt: number;
  answeredAt: number;
}

const answerTimeoutMs = 5_000;

/** The processes of a deployment by their HTTP ports. Answers are kept until `forget`. */
export class DoctorServices {
  private answers = new Map<string, Promise<ServiceAnswer[]>>();

  constructor(readonly addresses: readonly ServiceAddress[]) {}

  /** Of each of them. */
  get(path: '/ready' | '/metrics'): Promise<ServiceAnswer[]> {
    const known = this.answers.get(path) ?? Promise.all(this.addresses.map((address) => ask(address, path)));
    this.answers.set(path, known);
    return known;
  }

  forget(): void {
    this.answers = new Map();
  }
}

async function ask({ name, url }: ServiceAddress, path: string): Promise<ServiceAnswer> {
  const askedAt = Date.now();
  const about = { name, url, askedAt };
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    const clock = Date.parse(response.headers.get('date') ?? '') || null;
    const answeredAt = Date.now();
    return { ...about, answeredAt, fault: null, status: response.status, body: await response.text(), clock };
  } catch (error) {
    return { ...about, answeredAt: Date.now(), fault: reasonOf(error), status: 0, body: '', clock: null };
  }
}
