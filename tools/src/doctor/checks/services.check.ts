import { defaultDeployedServices } from '@groundswell/contracts';
import { fault, listed, notice, type Check, type Finding, type Look } from '../check';
import type { ServiceAnswer } from '../sources/services';
import type { Sources } from '../sources/sources';

/** Every process says whether it can do its work: GET /ready. */
export class ServicesCheck implements Check {
  readonly id = 'services';
  readonly title = 'every service is ready and lacks nothing';
  readonly settles = true;

  async look(sources: Sources): Promise<Look> {
    const services = sources.services();
    const answers = await services.get('/ready');
    const named = new Set(services.addresses.map(({ name }) => name));
    const absent = defaultDeployedServices.filter((name) => !named.has(name));
    return {
      findings: [
        ...answers.flatMap(readyFindings),
        ...(absent.length > 0 ? [notice('others', `not looked at: ${listed(absent)}`)] : []),
      ],
      figures: { processes: answers.length },
    };
  }
}

export function readyFindings({ name, url, fault: why, status, body }: ServiceAnswer): Finding[] {
  const about = `${name} at ${new URL(url).host}`;
  if (why !== null) return [fault(about, `does not answer: ${why}`)];
  const said = textOf(body);
  if (status !== 200) return [fault(about, `answers ${status}${said.message ? `: ${said.message}` : ''}`)];
  return said.degraded.length > 0 ? [fault(about, `is degraded: ${said.degraded.join(', ')}`)] : [];
}

/** What a body of /ready says; something else than ours may answer. */
function textOf(body: string): { message?: string; degraded: string[] } {
  try {
    const { message, degraded } = JSON.parse(body) as { message?: unknown; degraded?: unknown };
    return {
      ...(typeof message === 'string' && { message }),
      degraded: Array.isArray(degraded) ? degraded.map(String) : [],
    };
  } catch {
    return { message: 'what answers is no service of ours', degraded: [] };
  }
}
