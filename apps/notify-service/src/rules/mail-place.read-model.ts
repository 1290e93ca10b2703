import type { EntityManager } from 'typeorm';

interface Place {
  actionId: number;
  campaignId: number | null;
}

/** Which campaign a mail was for. */
export class MailPlaceReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** By id of the message to a target. */
  async ofMessages(messageIds: readonly number[]): Promise<Map<number, Place>> {
    if (messageIds.length === 0) return new Map();
    const rows: (Place & { messageId: number })[] = await this.manager.query(
      `select message_id::int8 as "messageId", action_id::int8 as "actionId", campaign_id::int8 as "campaignId"
         from mtt.message_states where message_id = any($1::bigint[])`,
      [messageIds],
    );
    return new Map(rows.map((row) => [row.messageId, row]));
  }

  /** By id of the action. */
  async ofActions(actionIds: readonly number[]): Promise<Map<number, Place>> {
    if (actionIds.length === 0) return new Map();
    const rows: Place[] = await this.manager.query(
      `select action_id::int8 as "actionId", campaign_id::int8 as "campaignId"
         from actions.action_places where action_id = any($1::bigint[])`,
      [actionIds],
    );
    return new Map(rows.map((row) => [row.actionId, row]));
  }
}
