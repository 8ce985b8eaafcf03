/** The line that lets a key into an account on a cluster, as a member or an administrator pastes it there. */

/**
 * `restrict`: the key opens commands and nothing else, neither a terminal nor forwarding.
 * @param publicKey `type base64`
 * @param comment says whose it is; anything but letters, digits and `:._-` is dropped, for it stands in somebody's file
 */
export const authorizedKeysLine = (publicKey: string, comment: string): string =>
  `restrict ${publicKey} ${comment.replaceAll(/[^\w:.-]/g, '')}`;

/** Of a key that is bound to one command, whatever it asks for. */
export const boundKeyLine = (publicKey: string, comment: string, command: string): string =>
  authorizedKeysLine(publicKey, comment).replace(
    'restrict ',
    () => `restrict,command="${command.replaceAll('"', String.raw`\"`)}" `,
  );
