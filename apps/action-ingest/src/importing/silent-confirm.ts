import type { ImportSettingsV1 } from '@groundswell/contracts';
import { effectiveProcessing, supporterConfirmWord } from '@groundswell/domain';
import type { PageScope } from '@groundswell/submissions';

/** Whether supporters would wait for ever: they confirm by a mail of ours, and nobody is mailed. */
export function isSilentConfirm(
  { campaign, collector }: Pick<PageScope, 'campaign' | 'collector'>,
  { sendsMails }: Pick<ImportSettingsV1, 'sendsMails'>,
): boolean {
  const { supporterConfirm } = effectiveProcessing({ campaign, org: collector });
  return supporterConfirm && !sendsMails && supporterConfirmWord(collector) === 'system';
}
