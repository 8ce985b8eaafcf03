/**
 * What a host may show, as pins: `type base64` (this key), `@cert-authority type base64` (any key that this authority has
 * certified for the host's name) and `@revoked type base64` (never this one, whoever vouches for it).
 */

export const pinPattern = /^(?:@(?:cert-authority|revoked) )?[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}$/;

export const isAuthority = (pin: string): boolean => pin.startsWith('@cert-authority ');

export interface SortedPins {
  /** Base64 each. */
  keys: ReadonlySet<string>;
  authorities: ReadonlySet<string>;
  revoked: ReadonlySet<string>;
}

export const sortPins = (pins: readonly string[]): SortedPins => {
  const base64 = (wanted: (pin: string) => boolean) =>
    new Set(pins.filter(wanted).map((pin) => pin.split(' ').at(-1) ?? ''));
  return {
    keys: base64((pin) => !pin.startsWith('@')),
    authorities: base64(isAuthority),
    revoked: base64((pin) => pin.startsWith('@revoked ')),
  };
};
