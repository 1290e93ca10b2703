import { JobControl, RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { forgetUpload } from './import-jobs';
import { UploadRepository } from './upload.repository';

/** Forgets what rows of a file were refused for; its counts stay. An import that never ended is called off: its file is gone by now. */
@RunsJob(forgetUpload)
export class ForgetUploadHandler implements JobHandler<{ uploadId: number }, null> {
  constructor(private readonly control: JobControl) {}

  async run(job: JobRunOf<typeof forgetUpload>): Promise<void> {
    await job.step(async (manager) => {
      const uploads = new UploadRepository(manager);
      const upload = await uploads.find(job.payload.uploadId);
      if (!upload || upload.closedAt) return;
      await this.control.cancel(manager, upload.jobId, upload.orgId);
      await uploads.close(upload.id);
    });
  }
}
