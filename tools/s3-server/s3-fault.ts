/** A refusal as S3 spells it. */
export class S3Fault extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string = code,
  ) {
    super(message);
  }
}

export const noSuchKey = (): S3Fault => new S3Fault(404, 'NoSuchKey', 'The specified key does not exist.');
export const notImplemented = (what: string): S3Fault =>
  new S3Fault(
    501,
    'NotImplemented',
    `A header or query you provided implies functionality that is not implemented: ${what}`,
  );
