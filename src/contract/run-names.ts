/** Names of runs before there is a run: one made up, and whether one may be used. */
import { z } from 'zod';
import { optional, text } from './fields.ts';
import { defineRoute } from './route.ts';

export const randomWorkflowName = defineRoute({
  operationId: 'GenerateRandomWorkflowName',
  method: 'GET',
  path: '/workflow/random-name',
  summary: 'A name for a run that nobody wants to name',
  permission: 'signed-in',
  scope: 'user',
  scopedTokens: true,
  response: { 200: z.object({ name: z.string() }) },
});

export const validateWorkflowConstraints = defineRoute({
  operationId: 'ValidateWorkflowConstraints',
  method: 'GET',
  path: '/workflow/validate',
  summary: 'Whether a run may be named so: 204, 400 (bad), 409 (a run of that session has the name already)',
  permission: 'signed-in',
  scope: 'user',
  scopedTokens: true,
  query: z.object({ runName: optional(text(200)), sessionId: optional(text(200)) }),
  response: { 204: null },
});
