/**
 * What people type into the search box of the runs: `keyword:value` pairs that must fit exactly, all of them; everything
 * else is one free text, unknown keywords too, as in other systems.
 */
import { badRequest } from '#core/errors.ts';
import type { RunListQuery } from '#core/ports/run-actions.ts';
import { type RunStatus, runStatuses } from '#core/runs.ts';
import { parseSearch } from '#core/search.ts';

const keywords = [
  'status',
  'username',
  'label',
  'after',
  'before',
  'is',
  'workflowid',
  'runname',
  'sessionid',
  'projectname',
] as const;

/** `2026-5`, `2026-05-31` and `2026` begin at midnight, UTC; a time without an offset is UTC too. */
const dateOf = (keyword: string, typed: string): number => {
  const [, year = '', month = '1', day = '1', clock = 'T00:00:00'] =
    /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})([T ]\d.*)?)?)?$/i.exec(typed) ?? [];
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const hasOffset = /(Z|[+-]\d{2}:?\d{2})$/i.test(clock);
  const time = Date.parse(`${date}${clock}${hasOffset ? '' : 'Z'}`);
  // To JavaScript the 30th of February is a day of March.
  const isDay = new Date(`${date}T00:00:00Z`).getUTCDate() === Number(day);
  if (Number.isFinite(time) && isDay) return time;
  throw badRequest(`search: "${keyword}:${typed}" is not a date; write 2026-01-31 or 2026-01-31T12:00:00Z`);
};

const statusOf = (typed: string): RunStatus => {
  const status = runStatuses.find((known) => known === typed.toUpperCase());
  if (status) return status;
  throw badRequest(`search: "status:${typed}" is none; use ${runStatuses.join(', ').toLowerCase()}`);
};

const starredOf = (typed: string): true => {
  if (typed.toLowerCase() === 'starred') return true;
  throw badRequest(`search: "is:${typed}" is not known; use is:starred`);
};

/** The filter that a search text means. @throws AppError 400 for a value that no run can have */
export const runSearch = (search: string | undefined): Omit<RunListQuery, 'max' | 'offset'> => {
  const found = parseSearch(search, keywords);
  const values = (keyword: (typeof keywords)[number]): string[] => found.keywords.get(keyword) ?? [];
  const exact = {
    userName: 'username',
    id: 'workflowid',
    runName: 'runname',
    projectName: 'projectname',
  } as const;
  const query: Omit<RunListQuery, 'max' | 'offset'> = {};
  // Asterisks around a word mean what is done anyway.
  const text = found.text?.replaceAll(/(?<=^|\s)\*+|\*+(?=\s|$)/g, '').trim();
  if (text) query.search = text;
  for (const [field, keyword] of Object.entries(exact) as [
    keyof typeof exact,
    (typeof exact)[keyof typeof exact],
  ][]) {
    const [value] = values(keyword);
    if (value !== undefined) query[field] = value;
  }
  const [sessionId] = values('sessionid');
  if (sessionId !== undefined) query.sessionId = sessionId.toLowerCase();
  if (values('status').length > 0) query.statuses = values('status').map(statusOf);
  if (values('label').length > 0) query.labels = values('label');
  if (values('is').map(starredOf).length > 0) query.starred = true;
  const [after] = values('after');
  if (after !== undefined) query.after = dateOf('after', after);
  const [before] = values('before');
  if (before !== undefined) query.before = dateOf('before', before);
  return query;
};
