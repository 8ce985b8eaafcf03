/** What is read of a nextflow.config. */
import { expect, test } from 'vitest';
import { configFacts } from './nextflow-config.ts';

test('manifest and profiles, however they are written; comments and texts mislead nobody', () => {
  const facts = configFacts(`
    // manifest { homePage = 'no' }
    /* profiles { no { } } */
    params { text = "profiles { no {} }"; b = 1 }
    manifest {
      name            = 'nf-core/rnaseq'
      description = """RNA sequencing"""
      mainScript = "main.nf"
      version = '3.1' // the last one
      defaultBranch = computed()
    }
    manifest.author = 'Ann "A" Lee'
    profiles {
      standard { process { executor = 'slurm' } }
      'with-dash' { docker.enabled = true }
      test { includeConfig 'conf/test.config' }
    }
    process { withName: X { cpus = 2 } }
  `);
  expect(facts).toEqual({
    manifest: {
      name: 'nf-core/rnaseq',
      description: 'RNA sequencing',
      mainScript: 'main.nf',
      version: '3.1',
      author: 'Ann "A" Lee',
    },
    profiles: ['standard', 'with-dash', 'test'],
  });
  for (const text of ['', '}}}{', '"', "manifest = 'x'", '= = {'])
    expect(configFacts(text)).toEqual({ manifest: {}, profiles: [] });
});

const pieces = ['/* ', "'", '"', "'\\", "\\'", '"\\"', "'''a", '"""b', '//', '{=', '{', "a='", 'a', '\n'];
test.each(pieces)('a stranger’s megabyte of %j keeps nobody waiting', (piece) => {
  const text = `' ${piece.repeat(1_048_576 / piece.length)}`;
  const from = process.cpuUsage();
  configFacts(text);
  configFacts(text.slice(2));
  expect(process.cpuUsage(from).user / 1_000).toBeLessThan(900);
});
