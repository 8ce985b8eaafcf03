/** The log: JSON lines on standard error. Secrets do not get here; should one, the redaction is the second lock. */
import { type Logger, pino } from 'pino';

const secretFields = [
  'privateKey',
  'passphrase',
  'password',
  'accessKey',
  'authorization',
  'cookie',
  'token',
  'secret',
];

export const createLog = ({ logLevel }: { logLevel: string }): Logger =>
  pino(
    {
      level: logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[hidden]',
      },
    },
    pino.destination({ dest: 2, sync: false }),
  );
