import type { TestOrg } from './campaign-world';

/** What staff of an org ask and have done about its pushes, as docs/push-api.md has it. */
export interface SeenEndpoint {
  serviceId: number;
  name: string;
  host: string;
  usedFor: string[];
  state: string;
  reason: string | null;
  since: string | null;
  hasSigningSecret: boolean;
  previousSecretUntil: string | null;
  backlog: { waiting: number; failed: number };
}

export interface SeenPush {
  id: string;
  messageId: string;
  kind: string;
  state: string;
  attemptCount: number;
  lastError: string | null;
  attempts: { attempt: number; outcome: string; status: number | null; excerpt: string | null }[];
}

export class PushCalls {
  constructor(private readonly org: TestOrg) {}

  async endpoints(): Promise<SeenEndpoint[]> {
    const { found } = await this.ask<{ found: SeenEndpoint[] }>(`query ($org: String!) {
      found: pushEndpoints(orgName: $org) { serviceId name host usedFor state reason since hasSigningSecret
        previousSecretUntil backlog { waiting failed } } }`);
    return found;
  }

  /** Newest first. */
  async pushes(state?: string): Promise<SeenPush[]> {
    const { found } = await this.ask<{ found: { pushes: SeenPush[] } }>(
      `query ($org: String!, $select: SelectPushes) { found: pushes(orgName: $org, select: $select) {
         pushes { id messageId kind state attemptCount lastError attempts { attempt outcome status excerpt } } } }`,
      { select: { state } },
    );
    return found.pushes;
  }

  async rotateSigningSecret(id: number): Promise<{ secret: string; previousSecretUntil: string | null }> {
    const { made } = await this.ask<{ made: { secret: string; previousSecretUntil: string | null } }>(
      `mutation ($org: String!, $id: Int!) {
         made: rotateSigningSecret(orgName: $org, id: $id) { secret previousSecretUntil } }`,
      { id },
    );
    return made;
  }

  enableEndpoint(id: number): Promise<string> {
    return this.change(
      'mutation ($org: String!, $id: Int!) { status: enablePushEndpoint(orgName: $org, id: $id) }',
      id,
    );
  }

  replay(id: string): Promise<string> {
    return this.change('mutation ($org: String!, $id: ID!) { status: replayPush(orgName: $org, id: $id) }', id);
  }

  drop(id: string): Promise<string> {
    return this.change('mutation ($org: String!, $id: ID!) { status: dropPush(orgName: $org, id: $id) }', id);
  }

  async replayFailed(): Promise<number> {
    const { replayed } = await this.ask<{ replayed: { count: number } }>(
      'mutation ($org: String!) { replayed: replayFailedPushes(orgName: $org) { count } }',
    );
    return replayed.count;
  }

  private async change(mutation: string, id: number | string): Promise<string> {
    return (await this.ask<{ status: string }>(mutation, { id })).status;
  }

  private ask<Data>(document: string, variables: Record<string, unknown> = {}): Promise<Data> {
    return this.org.owner.data<Data>(document, { org: this.org.name, ...variables });
  }
}
