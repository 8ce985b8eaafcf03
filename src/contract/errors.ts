/** What every refusal looks like. Nothing beyond these fields ever leaves. */
import { z } from 'zod';

const conflict = z.object({ type: z.string(), id: z.string(), name: z.string(), url: z.string() });

export const errorAnswer = z.object({
  message: z.string(),
  conflicts: z.array(conflict).optional(),
  managedCredentialsId: z.string().optional(),
  credentialsId: z.string().optional(),
  /** As GA4GH's clients read a refusal; below their address alone. */
  msg: z.string().optional(),
  status_code: z.int().optional(),
  /** Names the log lines of this request, when we are to blame. */
  reference: z.string().optional(),
});
