/** `init` and `user add`: people without a browser. They work on the database itself, before the first start or beside
 * a running server. */
import { randomUUID } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { systemCaller } from '#core/caller.ts';
import { badRequest } from '#core/errors.ts';
import { type OrganisationRole, parseOrganisationRole, parseWorkspaceRole } from '#core/roles.ts';
import { type Foundation, openFoundation } from '#server/compose.ts';
import { readSettings, type Settings } from '#server/settings.ts';

export interface PersonOptions {
  org: string;
  user: string;
  email: string;
  workspace?: string;
  passwordFile?: string;
  tokenFile?: string;
}

export interface UserOptions extends PersonOptions {
  role?: string;
  workspaceRole?: string;
}

type Say = (text: string) => void;

const readPassword = async (file: string | undefined): Promise<{ password?: string }> => {
  if (file === undefined) return {};
  const password = (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
  if (password === '') throw badRequest(`--password-file: ${file} is empty`);
  return { password };
};

/** 0600 from its first byte; what was there before is replaced. */
const writeToken = async (file: string, token: string): Promise<void> => {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${token}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const handOut = async (
  { tokens }: Foundation,
  user: { id: number; userName: string },
  { tokenFile }: PersonOptions,
  say: Say,
): Promise<void> => {
  const token = await tokens.issue(systemCaller(randomUUID()), user, { name: 'command line' });
  if (tokenFile) {
    await writeToken(tokenFile, token);
    say(`A fresh access token of ${user.userName} is in ${tokenFile}.`);
  } else {
    say(`Access token of ${user.userName}, shown this once:\n${token}`);
  }
};

const withFoundation = async (
  environment: NodeJS.ProcessEnv,
  say: Say,
  work: (foundation: Foundation, settings: Settings) => Promise<void>,
): Promise<number> => {
  const { settings } = readSettings(environment);
  const foundation = await openFoundation(settings);
  try {
    if (foundation.freshRootKey) {
      say(
        `A new root key is in ${settings.rootKeyFile}: keep a copy elsewhere, without it nothing can be opened.`,
      );
    }
    await work(foundation, settings);
    return 0;
  } finally {
    foundation.rootKey.fill(0);
    await foundation.store.close();
  }
};

/** @throws AppError in words for the operator */
export const init = async (
  environment: NodeJS.ProcessEnv,
  options: PersonOptions,
  say: Say,
): Promise<number> => {
  const secret = await readPassword(options.passwordFile);
  return withFoundation(environment, say, async (foundation) => {
    const { org, user, email, workspace } = options;
    const made = await foundation.setup.ensureFirstOwner(systemCaller(randomUUID()), {
      org,
      user,
      email,
      ...secret,
      ...(workspace === undefined ? {} : { workspace }),
    });
    const place = `${made.organisation.name}${made.workspace ? `/${made.workspace.name}` : ''}`;
    say(`${made.user.userName} is owner of ${place}${made.changed ? '' : ', as before'}.`);
    await handOut(foundation, made.user, options, say);
  });
};

const organisationRole = (text: string | undefined): { role?: OrganisationRole } => {
  const role = text === undefined ? undefined : parseOrganisationRole(text);
  return role === undefined ? {} : { role };
};

/** @throws AppError in words for the operator */
export const addUser = async (
  environment: NodeJS.ProcessEnv,
  options: UserOptions,
  say: Say,
): Promise<number> => {
  const secret = await readPassword(options.passwordFile);
  const workspaceRole =
    options.workspaceRole === undefined ? undefined : parseWorkspaceRole(options.workspaceRole);
  if (workspaceRole && options.workspace === undefined) {
    throw badRequest('--workspace-role: say with --workspace in which one');
  }
  return withFoundation(environment, say, async (foundation) => {
    const { org, user, email, workspace } = options;
    const made = await foundation.setup.ensureUser(systemCaller(randomUUID()), {
      org,
      user,
      email,
      ...secret,
      ...organisationRole(options.role),
      ...(workspace === undefined ? {} : { workspace }),
      ...(workspaceRole === undefined ? {} : { workspaceRole }),
    });
    const place = `${made.organisation.name}${made.workspace ? `/${made.workspace.name}` : ''}`;
    say(`${made.user.userName} belongs to ${place}${made.changed ? '' : ', as before'}.`);
    await handOut(foundation, made.user, options, say);
  });
};

/** @throws AppError in words for the operator */
export const resetLink = (
  environment: NodeJS.ProcessEnv,
  options: { user: string },
  say: Say,
): Promise<number> =>
  withFoundation(environment, say, async ({ passwords }, { publicUrl }) => {
    const { user, secret } = await passwords.operatorLinkFor(systemCaller(randomUUID()), options.user);
    say(`With this link ${user.userName} sets a new password; it works once, for a day:`);
    say(`  ${publicUrl}/password/${secret}`);
  });

/** @throws AppError in words for the operator */
export const rename = (
  environment: NodeJS.ProcessEnv,
  { user, ...wanted }: { user: string; userName?: string; email?: string },
  say: Say,
): Promise<number> =>
  withFoundation(environment, say, async (foundation) => {
    const { userName, email } = await foundation.rename(systemCaller(randomUUID()), user, wanted);
    say(`${user} is now ${userName}, ${email}.`);
  });
