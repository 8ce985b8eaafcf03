/** The version of the package; the bundle carries it. */
import manifest from '../../package.json' with { type: 'json' };

export const { version } = manifest;
