import { describe, expect, test } from 'vitest';
import type { Platform } from '#core/platforms.ts';
import { headJob } from '#test/support/far-side/launch.ts';
import { checkOptions } from '../drivers.ts';
import { directiveText } from '../options/options.ts';
import { headJobOptions, slurmOptions, taskOptions } from './options.ts';

describe('options that people type', () => {
  test.each([
    '--time=1:00 -p short --mem 4G --exclusive',
    '-Hn4 -sQ -c 2 -w "node[1-3]"',
    '--export=NONE --wait-all-nodes=1',
    '--no-requeue --gres=gpu:2',
    `--comment "it's mine" --constraint='a&b'`,
  ])('%s', (typed) => expect(() => checkOptions('slurm-platform', typed)).not.toThrow());

  test.each([
    ['--job-name=x', /--job-name cannot be set/],
    ['--output /etc/passwd', /--output/],
    ['--outp=x', /--outp/],
    ['--arr=1-9', /--arr/],
    ['--wrap "rm -rf ~"', /--wrap/],
    ['--parsable', /--parsable/],
    ['--chdir=/', /--chdir/],
    ['--clusters=b', /--clusters/],
    ['--requeue', /--requeue/],
    ['--dependency=singleton', /--dependency/],
    ['--export-file=x', /--export-file/],
    ['--wait', /--wait/],
    ['--signal=KILL', /--signal/],
    ['--test-only', /--test-only/],
    ['--help', /--help/],
    ['--uid=0', /--uid/],
    ['-J x', /-J cannot/],
    ['-HJx', /-J cannot/],
    ['-o x', /-o/],
    ['-Wn4', /-W/],
    ['-D /', /-D/],
    ['-Z', /not an option of sbatch/],
    ['other.sh', /"other.sh" is not an option/],
    ['--exclusive other.sh', /"other.sh"/],
    ['-H other.sh', /"other.sh"/],
    ['-- other.sh', /"--" is not an option/],
    ['-p', /needs a value/],
    ['', null],
  ])('%s', (typed, reason) => {
    if (reason) expect(() => checkOptions('slurm-platform', typed)).toThrow(reason);
    else expect(slurmOptions(typed)).toEqual([]);
  });

  test('a refusal is a 400 that names its field', () => {
    try {
      slurmOptions('-J x', 'metadata.headJobOptions');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ status: 400, details: { field: 'metadata.headJobOptions' } });
    }
  });

  test('each platform knows its own submit command', () => {
    const check = (platform: Platform, typed: string) => () => checkOptions(platform, typed);
    expect(check('lsf-platform', '-R "span[hosts=1]" -W 60')).not.toThrow();
    expect(check('lsf-platform', '-J x')).toThrow(/-J cannot be set/);
    expect(check('lsf-platform', '--time=1')).toThrow(/not an option of bsub/);
    expect(check('lsf-platform', `-R 'x`)).toThrow(/never closed/);
    expect(
      check('altair-platform', '-lselect=1:ncpus=2 -l walltime=1:00:00 -W group_list=lab'),
    ).not.toThrow();
    expect(check('altair-platform', '-W block=true')).toThrow(/-W block=true: this attribute cannot be set/);
    expect(check('altair-platform', '-J 1-3')).toThrow(/-J cannot be set/);
    for (const platform of ['altair-platform', 'moab-platform'] as const) {
      expect(check(platform, '-h -pfast')).not.toThrow();
      for (const typed of ['-hI', '-ho/path', '-hh'])
        expect(check(platform, typed), typed).toThrow(/-h takes no value/);
      for (const typed of ['-u root', '-uroot'])
        expect(check(platform, typed), typed).toThrow(/-u cannot be set/);
    }
    expect(check('uge-platform', '-l h_rt=60 -pe smp 4 -h')).not.toThrow();
    expect(check('uge-platform', '-pe smp')).toThrow(/-pe needs a value/);
    expect(check('uge-platform', '-sync y')).toThrow(/-sync cannot be set/);
    expect(check('moab-platform', '-l nodes=1:ppn=2 -q fast')).not.toThrow();
    expect(check('moab-platform', '-N mine')).toThrow(/-N cannot be set/);
  });
});

const input = headJob({
  launch: { headJobCpus: 2, headJobMemoryMb: 3000 },
  config: { headQueue: 'long', headJobOptions: '-t 10 --account=shared', propagateHeadJobOptions: true },
  snapshot: { account: 'alices', memberHeadJobOptions: '--qos="high prio"' },
});

test('head job: the member comes after the environment, what we rely on comes last', () => {
  expect(headJobOptions(input)).toEqual([
    '--partition=long',
    '--cpus-per-task=2',
    '--mem=3000M',
    '-t',
    '10',
    '--account=shared',
    '--account=alices',
    '--qos=high prio',
    '--job-name=nf-Ab12Cd34Ef56',
    '--signal=B:USR2@120',
  ]);
});

test("tasks: the environment's options when they are handed on, the member's always", () => {
  expect(taskOptions(input)).toBe("-t 10 --account=shared --account=alices '--qos=high prio'");
  const alone = headJob({ config: { headJobOptions: '-t 10' }, snapshot: { account: 'alices' } });
  expect(taskOptions(alone)).toBe('--account=alices');
  expect(taskOptions(headJob({ config: { headJobOptions: '-t 10' } }))).toBe('');
});

test('a directive holds either kind of quote, not both', () => {
  expect(directiveText(["--comment=it's"])).toBe(`"--comment=it's"`);
  expect(() => directiveText([`it's "so"`])).toThrow(/mixes quotes/);
});
