import type { PushEndpointRow } from './push-endpoint.read-model';
import { viewBacklog, viewEndpoint } from './push-view';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 20, 10, 0, seconds));

const anEndpoint = (columns: Partial<PushEndpointRow> = {}): PushEndpointRow => ({
  orgId: 1,
  serviceId: 2,
  name: 'webhook',
  host: 'https://harald:secret@crm.example.org/secret',
  isForActions: true,
  isForEvents: false,
  disabledAt: null,
  disabledReason: null,
  restsUntil: null,
  failingSince: null,
  failuresInRow: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  lastError: null,
  isSigning: false,
  previousSecretUntil: null,
  ...columns,
});

const failing = { failingSince: at(1), lastError: 'HTTP 503', failuresInRow: 3, lastFailureAt: at(2) };

describe('an endpoint', () => {
  it('is enabled before its first call, and while single calls fail', () => {
    const enabled = { state: 'ENABLED', reason: null, since: null, restsUntil: null };
    expect(viewEndpoint(anEndpoint())).toMatchObject(enabled);
    expect(viewEndpoint(anEndpoint(failing))).toMatchObject({ ...enabled, lastError: 'HTTP 503', failuresInRow: 3 });
  });

  it('rests for what it failed with, since it began to fail', () => {
    const view = viewEndpoint(anEndpoint({ ...failing, restsUntil: at(30) }));
    expect(view).toMatchObject({ state: 'RESTING', reason: 'HTTP 503', since: at(1), restsUntil: at(30) });
  });

  it('is disabled, whatever else it is', () => {
    const disabled = { disabledAt: at(9), disabledReason: 'HTTP 410' };
    const view = viewEndpoint(anEndpoint({ ...failing, restsUntil: at(30), ...disabled }));
    expect(view).toMatchObject({ state: 'DISABLED', reason: 'HTTP 410', since: at(9), restsUntil: null });
  });

  it('shows no credential', () => {
    expect(JSON.stringify(viewEndpoint(anEndpoint()))).not.toContain('secret@');
    expect(viewEndpoint(anEndpoint())).toMatchObject({ host: 'crm.example.org', usedFor: ['ACTION'] });
  });
});

describe('what waits for an endpoint', () => {
  const rows = [
    { kind: 'action' as const, waiting: 3, failed: 1, oldestAt: at(5) },
    { kind: 'event' as const, waiting: 1, failed: 0, oldestAt: at(2) },
  ];

  it.each([
    [['ACTION'], { waiting: 3, failed: 1, oldestAt: at(5) }],
    [['EVENT'], { waiting: 1, failed: 0, oldestAt: at(2) }],
    [['ACTION', 'EVENT'], { waiting: 4, failed: 1, oldestAt: at(2) }],
  ])('is counted for %j', (usedFor, backlog) => {
    expect(viewBacklog(rows, usedFor)).toEqual(backlog);
  });

  it('is nothing where there are no rows', () => {
    expect(viewBacklog([], ['ACTION'])).toEqual({ waiting: 0, failed: 0, oldestAt: null });
  });
});
