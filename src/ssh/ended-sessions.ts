/** Sessions that end before a command can be run: what was found there, and the cure, from the words that came back. */

interface Finding {
  words: RegExp;
  found: string;
  cure: string;
}

const findings: Finding[] = [
  {
    words: /This service allows sftp connections only/,
    found: 'it lets this account transfer files and nothing else (internal-sftp)',
    cure: 'Ask the site to let the account run commands, or use a login node that does',
  },
  {
    words: /This account is currently not available|nologin/,
    found: "the account's login shell is nologin",
    cure: 'Ask the site to give the account a shell, or use a login node where it has one',
  },
  {
    words: /restricted: cannot|: restricted$|restricted shell/m,
    found: "the account's login shell is a restricted one (rbash or the like) that may not start /bin/sh",
    cure: 'Ask the site for an ordinary shell, for example with chsh',
  },
  {
    words: /password (has|is) expired|change your password|account has expired/i,
    found: "the account's password has expired",
    cure: 'Log in by hand and change it, or ask the site to prolong the account',
  },
  {
    words: /No space left on device|Disk quota exceeded/i,
    found: 'there is no room for the account to write in (disk full or quota used up)',
    cure: 'Make room in the home directory there',
  },
  {
    words: /(fork|clone3?): (retry: )?(Resource temporarily unavailable|Cannot allocate memory)/i,
    found: 'the account has reached a limit of processes or memory there',
    cure: "End processes that it has left there, or ask the site for its limits (ulimit -u, 'pids' of the login node)",
  },
  {
    words: /Could not chdir to home directory/,
    found: "the account's home directory is missing or not to be entered",
    cure: 'Ask the site to make it, or to mount it on this login node',
  },
];

/** @param words what the far side printed, on both streams */
export const endedSession = (words: string): string => {
  const finding = findings.find((each) => each.words.test(words));
  if (finding) return `ended before a command could be run: ${finding.found}. ${finding.cure}.`;
  return (
    "ended before a command could be run: the account's start-up files (.bashrc, .cshrc, config.fish) end or take over " +
    'the session, or the site allows it another command only (ForceCommand, command= in authorized_keys). Try ' +
    '`ssh … /bin/sh -c id` by hand; where that fails too, ask the site to let the account run commands.'
  );
};
