/** Catalogue rows as every service keeps them in memory: settings and public parts, never a secret in clear. */
export interface CatalogueOrg {
  id: number;
  name: string;
  title: string;
  contactSchema: number;
  actionSchemaVersion: number;
  highSecurity: boolean;
  doiThankYou: boolean;
  emailBackendId: number | null;
  transactionalEmailBackendId: number | null;
  storageBackendId: number | null;
  eventBackendId: number | null;
  detailBackendId: number | null;
  pushBackendId: number | null;
  emailFrom: string | null;
  replyEnabled: boolean | null;
  senderRewrite: boolean | null;
  supporterConfirm: boolean;
  supporterConfirmTemplate: string | null;
  customSupporterConfirm: boolean;
  customActionConfirm: boolean;
  customActionDeliver: boolean;
  customEventDeliver: boolean;
  config: Record<string, unknown>;
  deletedAt: Date | null;
}

export interface CatalogueCampaign {
  id: number;
  name: string;
  externalId: number | null;
  title: string;
  orgId: number | null;
  status: number;
  forceDelivery: boolean;
  publicActions: string[];
  transientActions: string[];
  contactSchema: number;
  config: Record<string, unknown>;
  supporterConfirm: boolean | null;
  supporterConfirmTemplate: string | null;
  actionConfirm: boolean | null;
  startDate: string | null;
  endDate: string | null;
  deletedAt: Date | null;
}

export interface CataloguePage {
  id: number;
  name: string;
  locale: string;
  orgId: number;
  campaignId: number;
  delivery: boolean;
  live: boolean;
  extraSupporters: number;
  thankYouTemplate: string | null;
  supporterConfirmTemplate: string | null;
  duplicateTemplate: string | null;
  config: Record<string, unknown>;
  deletedAt: Date | null;
}

export interface CatalogueKey {
  id: number;
  orgId: number;
  public: Buffer;
  /** Sealed; only the instance org's keys have one. */
  private: string | null;
  active: boolean;
  expired: boolean;
}

export interface CatalogueService {
  id: number;
  orgId: number;
  name: string;
  webhookGeneration: number;
}

export interface CatalogueMtt {
  id: number;
  campaignId: number;
  startAt: Date;
  endAt: Date;
}

export interface CatalogueTarget {
  id: string;
  campaignId: number | null;
  deletedAt: Date | null;
}

export interface CatalogueTemplate {
  id: number;
  orgId: number;
  name: string;
  locale: string;
  externalId: string | null;
}

/** The whole catalogue at one version. Rows are never changed, only replaced, so a snapshot stays as it was taken. */
export interface CatalogueSnapshot {
  version: number;
  /** Columns are camelCase; instants are Dates, keys are Buffers. */
  tables: { name: string; columns: readonly string[]; rows: readonly object[] }[];
}
