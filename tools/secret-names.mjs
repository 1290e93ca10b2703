/** Variables that hold the password of each database role, as the migration reads them. */
export const roleVariable = {
  gs_gateway: 'GS_GATEWAY_PASSWORD',
  gs_ingest: 'GS_INGEST_PASSWORD',
  gs_topology: 'GS_TOPOLOGY_PASSWORD',
  gs_notify: 'GS_NOTIFY_PASSWORD',
  gs_mail: 'GS_MAIL_PASSWORD',
  gs_stats: 'GS_STATS_PASSWORD',
  gs_mtt: 'GS_MTT_PASSWORD',
  gs_forwarder: 'GS_FORWARDER_PASSWORD',
};

/** Variables that hold the password of each service's broker user, as topology-service reads them. */
export const brokerVariable = {
  gateway: 'BROKER_GATEWAY_PASSWORD',
  ingest: 'BROKER_INGEST_PASSWORD',
  notify: 'BROKER_NOTIFY_PASSWORD',
  mail: 'BROKER_MAIL_PASSWORD',
  stats: 'BROKER_STATS_PASSWORD',
  mtt: 'BROKER_MTT_PASSWORD',
  forwarder: 'BROKER_FORWARDER_PASSWORD',
};

/** Keys that a fleet cannot do without, beside the passwords. */
export const keyVariables = ['ENVELOPE_KEY', 'FINGERPRINT_SEED', 'EMAIL_SRS_KEY'];

/** Everything that is in the one secret of a deployment. */
export const secretKeys = [
  ...keyVariables,
  ...Object.values(roleVariable),
  ...Object.values(brokerVariable),
  'REDIS_PASSWORD',
];
