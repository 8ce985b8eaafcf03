/** Which Linux accounts a member may name (promise 12). */
import { badRequest } from './errors.ts';

const userPattern = /^[a-z_A-Z][A-Za-z0-9._@-]{0,63}\$?$/;

/** Accounts that belong to the system on the distributions HPC sites run; a policy may still name one. */
const systemAccounts = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody ' +
    'systemd-network systemd-resolve systemd-timesync messagebus sshd munge slurm slurmctld slurmd sge sgeadmin ' +
    'lsfadmin pbsdata pbs adm operator ftp apache nginx mysql postgres dbus polkitd chrony rpc rpcuser tss ' +
    'sssd admin toor halt shutdown _apt'
  ).split(' '),
);

/**
 * Why a member may not be this Linux user; undefined: they may.
 * @param allowed accounts that the identity's policy names although they are the system's
 */
export const linuxUserRefusal = (name: string, allowed: readonly string[] = []): string | undefined => {
  if (!userPattern.test(name)) return `"${name.slice(0, 64)}" is not a Linux user name`;
  if (systemAccounts.has(name) && !allowed.includes(name))
    return `${name} is a system account; give the member's own Linux user on the cluster`;
  return undefined;
};

/** @throws AppError 400 with the reason */
export const checkLinuxUser = (name: string, allowed: readonly string[] = []): string => {
  const refusal = linuxUserRefusal(name, allowed);
  if (refusal !== undefined) throw badRequest(`userName: ${refusal}`, { field: 'userName' });
  return name;
};
