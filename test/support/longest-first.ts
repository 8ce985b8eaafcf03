/**
 * The order of files. Vitest begins with the largest, which says nothing of those that wait for clusters: a minute's file
 * that begins last leaves the other workers idle. Seconds on two quiet cores; files that are not named take less.
 */
import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const seconds: Record<string, number> = {
  'keys.real': 60,
  'grid-engine.real': 55,
  'roads.real': 45,
  progress: 41,
  'login-nodes': 40,
  canary: 38,
  'people.real': 37,
  'shared-keys.real': 37,
  deletion: 36,
  'nextflow.real': 36,
  'states.real': 35,
  'terraform-example': 34,
  logs: 33,
  'manners.real': 33,
  'managed-credentials.real': 32,
  'cluster.real': 31,
  reporting: 31,
  'pipeline-secrets': 30,
  restart: 30,
  'main-road': 29,
  'cut-lines.real': 27,
  configuration: 26,
  'status-reader': 26,
  'terraform-environments': 25,
  'login-shells': 24,
  refusals: 24,
  'serve.real': 24,
  'slurm.real': 24,
  'accounts.real': 21,
  'launch-parameters': 20,
};

const secondsOf = ({ moduleId }: TestSpecification): number =>
  seconds[basename(moduleId).replace(/\.test\.ts$/, '')] ?? 0;
const groupOf = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;

export class LongestFirst extends BaseSequencer {
  /** Projects of one group are mixed: what waits for a cluster runs beside what computes. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const bySize = await super.sort(files);
    return bySize.toSorted((a, b) => groupOf(a) - groupOf(b) || secondsOf(b) - secondsOf(a));
  }
}
