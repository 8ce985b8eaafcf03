/** What drivers do alike whose submit command is sent by a far-side script of their own; queries and answers are theirs. */
import type { HeadJobInput, SchedulerDriver } from '#core/ports/scheduler.ts';
import { nextflowConfig, type TaskSettings } from '../head/nextflow-config.ts';
import { type OptionRules, optionWords, taskOptions } from '../options/options.ts';
import { submitScript } from '../queries/ask.ts';
import { parseProbe, probe } from '../queries/probe.ts';
import { hasTaskName } from './run-files.ts';
import { parseSubmission, submission } from './submission.ts';

export interface HeadJobsOptions {
  executor: string;
  rules: OptionRules;
  /** Far-side scripts: `submit` brings `lk_find`, `lk_memory` and `lk_send`, `probe` brings `lk_scheduler`. */
  script: Record<'submit' | 'probe', string>;
  /** Words for the submit command. */
  words(input: HeadJobInput): string[];
  /** What tasks need beyond the options that were typed for them. */
  tasks?(input: HeadJobInput, typed: string): Partial<Omit<TaskSettings, 'executor'>>;
}

type HeadJobs = Pick<
  SchedulerDriver,
  'executor' | 'checkOptions' | 'isTask' | 'submit' | 'parseSubmit' | 'probe' | 'parseProbe'
>;

export const headJobs = ({ executor, rules, script, words, tasks }: HeadJobsOptions): HeadJobs => ({
  executor,
  checkOptions: (typed, field) => void optionWords(rules, typed, field),
  isTask: hasTaskName,
  submit: (input) => {
    // First the head job's own options: where both are bad, theirs is the refusal.
    const options = words(input);
    const typed = taskOptions(rules, input);
    return submission(input, {
      script: submitScript(script.submit),
      options,
      config: nextflowConfig(input, { executor, taskOptions: typed, ...tasks?.(input, typed) }),
    });
  },
  parseSubmit: parseSubmission,
  probe: (directories) => probe(script.probe, directories),
  parseProbe,
});
