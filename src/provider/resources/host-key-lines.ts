/** Host keys as people write them and as the server keeps them: the same ones may be written in many ways. */

/** As the server keeps it: an authority stays one. */
const bare = (hostKey: string): string => {
  const [, marker, key] =
    /^\s*(?:(@cert-authority|@revoked)\s)?(?:.*\s)?((?:ssh|ecdsa|sk-)[\w@.-]+ [A-Za-z0-9+/]+={0,2})/.exec(
      hostKey,
    ) ?? [];
  return key === undefined ? hostKey : `${marker === undefined ? '' : `${marker} `}${key}`;
};

/** As they are written, where they are the pinned ones; the pinned ones where they are not. */
export const sameHostKeys = (
  written: readonly string[] | null,
  pinned: readonly string[],
): string[] | null => {
  if (!written) return pinned.length > 0 ? [...pinned] : null;
  const [ours, theirs] = [new Set(written.map(bare)), new Set(pinned)];
  const alike = ours.size === theirs.size && [...ours].every((key) => theirs.has(key));
  return alike ? [...written] : [...pinned];
};

/** Those that are trusted, of all that a host has shown. */
export const pinnedOf = ({
  hostKeys,
}: {
  hostKeys: readonly { status: string; publicKey: string }[];
}): string[] => hostKeys.filter(({ status }) => status === 'PINNED').map(({ publicKey }) => publicKey);
