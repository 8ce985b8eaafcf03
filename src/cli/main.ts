/** `latchkey <command>`: the operator's surface. Each command has a file; this one only knows their words. */
import { Command, Option } from 'commander';
import { organisationRoles, workspaceRoles } from '#core/roles.ts';
import { readSettings } from '#server/settings.ts';
import { version } from '#server/version.ts';
import { endWith } from './problems.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const program = new Command('latchkey')
  .description('Pipelines on HPC clusters, each under its member’s own Linux account.')
  .version(version)
  .showHelpAfterError();

const person = (command: Command): Command =>
  command
    .requiredOption('--org <name>', 'organisation')
    .requiredOption('--user <name>', 'user name')
    .requiredOption('--email <address>', 'e-mail address')
    .option('--workspace <name>', 'workspace of that organisation')
    .option('--password-file <file>', 'read the password from this file')
    .option('--token-file <file>', 'write a fresh access token to this file (0600) instead of printing it');

person(program.command('init'))
  .description('Make the first owner, their organisation and workspace; again does no harm.')
  .action((options) => endWith(async () => (await import('./people.ts')).init(process.env, options, say)));

const user = program.command('user').description('People of an organisation.');
person(user.command('add'))
  .description('Add somebody, or invite them into an organisation, and hand out an access token.')
  .addOption(new Option('--role <role>', 'role in the organisation').choices(organisationRoles))
  .addOption(new Option('--workspace-role <role>', 'role in the workspace').choices(workspaceRoles))
  .action((options) => endWith(async () => (await import('./people.ts')).addUser(process.env, options, say)));

user
  .command('reset-link')
  .description('Make a link with which somebody sets a new password: works once, for a day.')
  .requiredOption('--user <name>', 'user name or e-mail address')
  .action((options) =>
    endWith(async () => (await import('./people.ts')).resetLink(process.env, options, say)),
  );

user
  .command('rename')
  .description('Give somebody another user name or e-mail address; all that is theirs stays.')
  .requiredOption('--user <name>', 'user name or e-mail address that they have now')
  .option('--user-name <name>', 'another user name')
  .option('--email <address>', 'another e-mail address')
  .action((options) => endWith(async () => (await import('./people.ts')).rename(process.env, options, say)));

program
  .command('serve')
  .description('Run the server, as `npm start` does.')
  .action(async () => {
    const { serve } = await import('#server/serve.ts');
    await serve(process.env);
  });

program
  .command('doctor')
  .description(
    'Check database, root key, ssh, clock and disk; exit status 1 with the cure when something is wrong.',
  )
  .action(() => endWith(async () => (await import('./doctor.ts')).doctor(process.env, say)));

program
  .command('config')
  .description('Show the effective settings and where each came from; secrets are hidden.')
  .action(() =>
    endWith(async () => {
      const { lines } = readSettings(process.env);
      const width = Math.max(...lines.map((line) => line.name.length));
      for (const { name, value, source } of lines)
        say(`${name.padEnd(width)}  ${value || '(none)'}  [${source}]`);
      return 0;
    }),
  );

await program.parseAsync();
