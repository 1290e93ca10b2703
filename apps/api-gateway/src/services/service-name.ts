/** Enum ServiceName of the API; services are stored under the lower-case name. */
export type ServiceName =
  | 'SES'
  | 'SQS'
  | 'MAILJET'
  | 'SMTP'
  | 'PREVIEW'
  | 'WORDPRESS'
  | 'STRIPE'
  | 'TEST_STRIPE'
  | 'WEBHOOK'
  | 'SYSTEM'
  | 'SUPABASE'
  | 'BREVO'
  | 'HUBSPOT'
  | 'MAILGUN'
  | 'S3';

export const storedServiceName = (name: ServiceName): string => name.toLowerCase();
