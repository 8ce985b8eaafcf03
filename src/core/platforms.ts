/** The five grid platforms and what other rooms call them. */

export const platforms = [
  'slurm-platform',
  'lsf-platform',
  'uge-platform',
  'altair-platform',
  'moab-platform',
] as const;

export type Platform = (typeof platforms)[number];

/** Name that a person knows the scheduler by. */
export const schedulerNames: Record<Platform, string> = {
  'slurm-platform': 'Slurm',
  'lsf-platform': 'LSF',
  'uge-platform': 'Grid Engine',
  'altair-platform': 'Altair PBS Pro',
  'moab-platform': 'Moab',
};

export const isPlatform = (text: string): text is Platform => (platforms as readonly string[]).includes(text);
