/**
 * Lines that Terraform takes over into its own log, by level, when `TF_LOG` asks for it. What is logged is named field
 * by field at the place where it is logged: no request, no body, no header and no value of an attribute ever is.
 */

const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, string | number>>) => void;

/** The least level that is wanted; undefined: nothing is. */
const wanted = (environment: NodeJS.ProcessEnv): Level | undefined => {
  const asked = (environment['TF_LOG_PROVIDER'] ?? environment['TF_LOG'] ?? '').toLowerCase();
  if (asked === 'json') return 'trace';
  return levels.find((level) => level === asked);
};

/** A log in the form that go-plugin reads from a plugin's standard error. */
export const createLog = (
  module: string,
  environment: NodeJS.ProcessEnv = process.env,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log => {
  const least = wanted(environment);
  if (least === undefined) return () => undefined;
  return (level, message, fields = {}) => {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    const line = {
      '@level': level,
      '@message': message,
      '@module': module,
      // Six digits: with fewer, the whole line is taken for a plain text.
      '@timestamp': new Date().toISOString().replace('Z', '000Z'),
      ...fields,
    };
    write(`${JSON.stringify(line)}\n`);
  };
};
