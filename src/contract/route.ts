/**
 * Routes are data: what is asked, what is answered, who may. A route without a permission, or whose permission does not
 * fit its scope, does not compile (promise 27).
 */

import type { z } from 'zod';
import type { OrganisationPermission, Permission, WorkspacePermission } from '#core/roles.ts';
import type { Blanks } from './normalise.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Whose walls a request stays within, and which id of it says so (`src/actions/access.ts`). */
export type OrganisationScopeKind = 'organisation' | 'identity';
export type WorkspaceScopeKind =
  | 'workspace'
  | 'credential'
  | 'compute-env'
  | 'run'
  | 'label'
  | 'secret'
  | 'pipeline'
  | 'dataset'
  | 'launch';

/** Permission and scope belong together; this is where the type checker learns how. */
export type Access =
  | { permission: 'public'; scope: 'none' }
  | { permission: 'signed-in'; scope: 'user' }
  | { permission: OrganisationPermission; scope: OrganisationScopeKind }
  | { permission: WorkspacePermission; scope: WorkspaceScopeKind };

/** `null`: an empty answer (204). `'bytes'`: a file, streamed. */
export type Answer = z.ZodType | null | 'bytes';
export type SuccessStatus = 200 | 201 | 204;

/**
 * A form (`multipart/form-data`), which no route takes that does not say so. `'fields'`: its fields are what `body`
 * parses, and JSON is taken too. Otherwise one file, in the field of this name, streamed to the handler.
 */
export type Form = 'fields' | { file: string; maxBytes: number };

export interface RouteShape extends Blanks {
  /** As clients of the contract know it. */
  operationId: string;
  method: Method;
  /** Below `/api`, with `{name}` for parameters. */
  path: `/${string}`;
  summary: string;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  form?: Form;
  /** Exactly one success status: declarative clients refuse any other. */
  response: { [Status in SuccessStatus]?: Answer };
  /** Where there is nothing to answer, the handler gives null and the answer is 204. */
  emptyIs204?: true;
  /** Ours alone, not part of the contract file. */
  extension?: true;
  /** Are access tokens of limited scope let in? Absent: yes, except where the route is about the person (`signed-in`). */
  scopedTokens?: boolean;
  /** A run's own token is enough, as far as it is about that run. */
  runTokens?: true;
  /**
   * The answer depends on the database, the address and the rights of who asks, and on nothing else: no clock, no chance,
   * no memory, no cluster. So it may be kept until the next commit.
   */
  remembered?: true;
  /** The body reaches its schema as it came, with nulls, empty texts and whatever characters it holds. */
  untouched?: true;
}

export type Route = RouteShape & Access & { permission: Permission };

type OneKey<Statuses> = {
  [Key in keyof Statuses]: Exclude<keyof Statuses, Key> extends never ? Key : never;
}[keyof Statuses];

/** Declares one route. Two success statuses, or none, do not compile. */
export const defineRoute = <const Declared extends Route>(
  route: Declared & ([OneKey<Declared['response']>] extends [never] ? never : unknown),
): Declared => route;

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type AnswerOf<Declared> = Declared extends z.ZodType ? z.output<Declared> : Declared;

export type ParamsOf<R extends Route> = Parsed<R['params']>;
export type QueryOf<R extends Route> = Parsed<R['query']>;
export type BodyOf<R extends Route> = Parsed<R['body']>;
/** What the handler of a route gives back. */
export type AnswerBody<R extends Route> = AnswerOf<R['response'][keyof R['response']]>;

/** The one success status of a route and what it carries. */
export const successOf = (route: Route): { status: number; answer: Answer } => {
  const [status, answer] = Object.entries(route.response)[0] ?? [];
  if (status === undefined || answer === undefined) throw new TypeError(`${route.operationId}: no answer`);
  return { status: Number(status), answer };
};
