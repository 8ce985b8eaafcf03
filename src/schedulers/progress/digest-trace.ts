/** One piece of a trace file, in whatever form its first line announces. */
import type { ReadingMark } from '#core/ports/progress.ts';
import type { TaskReport } from '#core/tasks.ts';
import { ownForm, traceForm, traceReports } from './trace-rows.ts';

type Form = ReadingMark['traceForm'];

const isOwn = ({ fields, separator }: { fields: readonly string[]; separator: string }): boolean =>
  separator === ownForm.separator && fields.join() === ownForm.fields.join();

const formFrom = (piece: Buffer): Form => {
  const form = traceForm(piece.subarray(0, piece.indexOf(10)).toString('utf8').trimEnd());
  if (form === null) return 'unusable';
  return isOwn(form) ? undefined : form;
};

/** @param piece whole lines. @param from where it begins in the file: at 0 stands the header */
export const digestTrace = (
  piece: Buffer,
  from: number,
  known: Form,
): { reports: TaskReport[]; used: number; form: Form } => {
  const form = from === 0 && piece.length > 0 ? formFrom(piece) : known;
  return form === 'unusable'
    ? { reports: [], used: piece.length, form }
    : { ...traceReports(piece, form ?? ownForm), form };
};
