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
 * @param allowed accounts that the identity's policy names although they are the system's
 * @throws AppError 400 with the reason
 */
export const checkLinuxUser = (name: string, allowed: readonly string[] = []): string => {
  if (!userPattern.test(name)) {
    throw badRequest(`userName: "${name.slice(0, 64)}" is not a Linux user name`, { field: 'userName' });
  }
  if (systemAccounts.has(name) && !allowed.includes(name)) {
    throw badRequest(
      `userName: ${name} is a system account; give the member's own Linux user on the cluster`,
      {
        field: 'userName',
      },
    );
  }
  return name;
};
