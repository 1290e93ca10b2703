import { z } from 'zod';
import { HttpCaller, isSuccess } from '@groundswell/http';
import type { ScanHookSettings } from './attachments-settings';

/** A file as the scanner is told of it: no names. */
export interface ScannedFile {
  /** Where it can be read for a few minutes. */
  url: string;
  key: string;
  type: string;
  size: number;
  /** Hex. */
  sha256: string;
}

const answerForm = z.object({ clean: z.boolean() });
const longestAnswer = 64 * 1024;

/** Asks the operator's scanner: POST, answered with 200 and `{"clean": true}` or false; anything else is no answer. */
export class ScanHookClient {
  private readonly caller: HttpCaller;

  constructor(private readonly settings: ScanHookSettings) {
    // The operator's own address may be a private one.
    this.caller = new HttpCaller({
      userAgent: 'groundswell-scan',
      connectTimeoutMs: 5_000,
      timeoutMs: settings.timeoutMs,
      allowPrivate: true,
    });
  }

  async isClean(file: ScannedFile): Promise<boolean> {
    const { url, token } = this.settings;
    const answer = await this.caller.call({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(file),
      maxAnswerBytes: longestAnswer,
    });
    if (answer.kind !== 'answered') throw new Error(`scanner: ${answer.error}`);
    if (!isSuccess(answer)) throw new Error(`scanner: HTTP ${answer.status}`);
    return parsed(answer.text).clean;
  }

  close(): Promise<void> {
    return this.caller.close();
  }
}

function parsed(text: string): z.infer<typeof answerForm> {
  try {
    return answerForm.parse(JSON.parse(text));
  } catch (error) {
    throw new Error('scanner: an answer of another form', { cause: error });
  }
}
