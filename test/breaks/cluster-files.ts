/** The scripts that lay, read and remove files on clusters: secrets, repositories, remains, datasets, what lies in the way. */
import type { Break } from './break.ts';

const schedulers = 'src/schedulers';
const secrets = { test: `${schedulers}/head/run-secrets.test.ts` };
const head = { ...secrets, file: `${schedulers}/head/head.sh` };
const submit = { ...secrets, file: `${schedulers}/submission/submit.sh` };
const forget = { ...secrets, file: `${schedulers}/files/forget.sh` };
const repository = {
  file: `${schedulers}/files/repository.sh`,
  test: `${schedulers}/files/repository.test.ts`,
};
const remains = { file: `${schedulers}/files/remains.ts`, test: `${schedulers}/files/remains.test.ts` };
const dataset = {
  file: `${schedulers}/submission/dataset.sh`,
  test: `${schedulers}/submission/place-dataset.test.ts`,
};
const answers = { file: `${schedulers}/far-side/far-side.ts` };

const sealed: readonly Break[] = [
  {
    ...secrets,
    keeps: 'no secret of a run stands in an argument',
    file: `${schedulers}/submission/submission.ts`,
    from: '    String(longestSeconds),\n',
    to: '    String(longestSeconds),\n    ...input.pipelineSecrets.map(({ value }) => value),\n',
    named: 'in no argument',
  },
  {
    ...submit,
    keeps: 'an inherited ACL opens secrets to nobody',
    from: '  lk_why=$(chmod 600 "$1/store.json" 2>&1) || lk_disk "Closing $1 in $lk_head as $lk_me" "$lk_why"\n',
    to: '',
    named: 'inherited ACL',
  },
  {
    ...submit,
    keeps: 'secrets are never written where somebody’s link leads',
    from: '  rm -rf "$1"\n  lk_why=$(mkdir -m 700 "$1" 2>&1)',
    to: '  [ -d "$1" ] || lk_why=$(mkdir -m 700 "$1" 2>&1)',
    named: 'take the place',
  },
  {
    ...head,
    keeps: 'secrets are gone when Nextflow is',
    from: 'rm -rf "$lk_own.env" "$lk_own.secrets"',
    to: 'rm -rf "$lk_own.env"',
    named: 'gone after it',
  },
  {
    ...head,
    keeps: 'a run without secrets leaves Nextflow the store of its member',
    from: 'if [ "$LK_SECRETS" = 1 ]; then\n  [ -s "$lk_own.secrets/store.json" ] || lk_stop',
    to: 'if [ -n "$LK_SECRETS" ]; then\n  [ "$LK_SECRETS" = 0 ] || [ -s "$lk_own.secrets/store.json" ] || lk_stop',
    named: 'a run without any',
  },
  {
    ...head,
    keeps: 'a run does not begin without its secrets',
    from: `  [ -s "$lk_own.secrets/store.json" ] || lk_stop 1 'The secrets of this run are gone, so it cannot begin.'\n`,
    to: '',
    named: 'have gone',
  },
  {
    ...submit,
    keeps: 'a refused submission leaves no secrets',
    from: '  refused) rm -f "$lk_own.intent"; lk_forget;',
    to: '  refused) rm -f "$lk_own.intent";',
    named: 'that is refused',
  },
  {
    ...submit,
    keeps: 'files that cannot be written leave no secrets',
    file: `${schedulers}/submission/directories.sh`,
    from: '{ rm -f "$lk_own.intent"; lk_forget; }',
    to: 'rm -f "$lk_own.intent"',
    named: 'leave none either',
  },
  {
    ...forget,
    keeps: 'the clean-up removes what a killed launcher has left',
    from: 'rm -rf "./.nf-$1.secrets" "./.nf-$1.env" 2>&1',
    to: 'rm -f "./.nf-$1.env" 2>&1',
    named: 'killed launcher',
  },
  {
    ...forget,
    keeps: 'secrets that stay are not said to be gone',
    from: '  if [ -e "./.nf-$1.secrets" ] || [ -e "./.nf-$1.env" ]; then',
    to: '  if [ -e "./.nf-$1.env" ]; then',
    named: 'cannot be removed is said',
  },
  {
    ...secrets,
    keeps: 'half an answer is not taken for a clean directory',
    file: `${schedulers}/files/forget-secrets.ts`,
    from: '  if (!fields) throw new',
    to: '  if (!fields) return null;\n  if (result.truncated) throw new',
    named: 'half an answer',
  },
];

const read: readonly Break[] = [
  {
    ...repository,
    keeps: 'a repository is read at the revision that was asked for',
    from: '"${lk_revision:-HEAD}^{commit}"',
    to: '"HEAD^{commit}"',
    named: 'at the revision',
  },
  {
    ...repository,
    keeps: 'nothing beside a pipeline’s directory is read',
    from: '    "${lk_root%/}"/*)',
    to: '    "${lk_root%/}"*)',
    named: 'nothing outside',
  },
  {
    ...repository,
    keeps: 'a repository above the directory is not asked',
    from: '  GIT_CEILING_DIRECTORIES=$lk_above GIT_CONFIG',
    to: '  GIT_CONFIG',
    named: 'above the directory',
  },
  {
    ...repository,
    keeps: 'nothing that a repository configures is run',
    from: 'GIT_ALLOW_PROTOCOL=none GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 GIT_NO_LAZY_FETCH=1',
    to: 'GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0',
    named: 'configures is run',
  },
  {
    ...answers,
    keeps: 'a cut answer about a repository is none',
    from: "  return lines.at(-1)?.[0] === 'end' ? lines : null;",
    to: '  return lines.length > 0 ? lines : null;',
    test: `${schedulers}/submission/submission.test.ts`,
    named: 'not whole is',
  },
  {
    ...repository,
    keeps: 'a repository of which nothing was said was not read',
    file: `${schedulers}/files/repository.ts`,
    from: "  if (outcome !== 'read')\n",
    to: "  if (outcome !== 'read' && lines !== null)\n",
    named: 'a cut answer',
  },
  {
    ...remains,
    keeps: 'the end of a run’s output is what people see of it',
    file: `${schedulers}/files/remains.sh`,
    from: 'lk_size > 32768 ? lk_size - 32768 : 0',
    to: '0',
    named: 'all of it',
  },
  {
    ...remains,
    keeps: 'no exit status is not success',
    from: '/^\\d+ ?$/.test(exit) ? Number(exit) : null',
    to: 'Number.isInteger(Number(exit)) ? Number(exit) : null',
    named: 'nothing of it',
  },
  {
    ...remains,
    keeps: 'half of what a run left is nothing',
    from: ' || body.length < Number(end)',
    to: '',
    named: 'half an answer',
  },
  {
    ...remains,
    keeps: 'an account check without a whole answer is none',
    file: `${schedulers}/queries/probe.ts`,
    from: '!user || !/^\\d+$/.test(uid)',
    to: '!user || uid.length > 9',
    named: 'account check',
  },
];

const placed: readonly Break[] = [
  {
    ...dataset,
    keeps: 'pieces of a dataset do not stay beside it',
    from: '  while [ "$lk_each" -le "$2" ]; do rm -f "$lk_part$lk_each"; lk_each=$((lk_each + 1)); done\n',
    to: '',
    named: 'the file appears whole',
  },
  {
    ...dataset,
    keeps: 'a dataset that is there stays untouched, for a resume compares its time',
    from: `  if lk_whole "$lk_path"; then cat >/dev/null; lk_end placed ''; fi\n`,
    to: '',
    named: 'stays as it is',
  },
  {
    ...dataset,
    keeps: 'a dataset with a hole is never put in its place',
    from: '  lk_whole "${lk_part}whole" || {',
    to: '  [ -f "${lk_part}whole" ] || {',
    named: 'a missing piece',
  },
  {
    ...dataset,
    keeps: 'an address that begins like another dataset’s is not taken for it',
    file: `${schedulers}/submission/submission.ts`,
    from: 'b.url.length - a.url.length',
    to: 'a.url.length - b.url.length',
    named: 'parameters name the files',
  },
  {
    ...dataset,
    keeps: 'a directory that parameters cannot hold is refused',
    file: `${schedulers}/submission/submit.sh`,
    from: '  case $lk_head in *[!A-Za-z0-9/._@+,=%~-]*)\n',
    to: "  case $lk_head in '')\n",
    named: 'cannot stand in parameters',
  },
];

export const breaks: readonly Break[] = [...sealed, ...read, ...placed];
