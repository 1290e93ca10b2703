import { EmailTemplate } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';

/** Mail templates of orgs. */
export class TemplateRepository {
  constructor(private readonly manager: EntityManager) {}

  /** By id: one in each of its locales. */
  findByName(orgId: number, name: string): Promise<EmailTemplate[]> {
    return this.manager.find(EmailTemplate, { where: { orgId, name }, order: { id: 'ASC' } });
  }

  async insert(template: Partial<EmailTemplate>): Promise<number> {
    const inserted = await this.manager.insert(EmailTemplate, template);
    return Number(inserted.identifiers[0]?.['id']);
  }

  async update(id: number, changes: Partial<EmailTemplate>): Promise<void> {
    await this.manager.update(EmailTemplate, { id }, { ...changes, updatedAt: () => 'now()' });
  }
}
