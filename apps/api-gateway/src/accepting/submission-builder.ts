import { SubmissionBuilder as Builder, UndecodableRefError } from '@groundswell/submissions';
import { ApiError } from '../api/api-error';

/** Builds what the API accepts: a reference that is none is refused as the API words it. */
export class SubmissionBuilder extends Builder {
  protected override undecodable(): Error {
    return new ApiError(null, new UndecodableRefError().message);
  }
}
