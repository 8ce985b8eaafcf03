/** What a handler gets and gives: everything typed by its route. */
import type { SignInActions, Visitor } from '#actions/sign-in/sign-in.ts';
import type {
  AnswerBody,
  BodyOf,
  OrganisationScopeKind,
  ParamsOf,
  QueryOf,
  Route,
  WorkspaceScopeKind,
} from '#contract/route.ts';
import type { Caller, OrganisationScope, UserScope, WorkspaceScope } from '#core/caller.ts';
import type { FileStream } from '#core/ports/file-stream.ts';

type ScopeOf<R extends Route> = R['scope'] extends OrganisationScopeKind
  ? OrganisationScope
  : R['scope'] extends WorkspaceScopeKind
    ? WorkspaceScope
    : R['scope'] extends 'user'
      ? UserScope
      : null;

type CallerOf<R extends Route> = R['permission'] extends 'public' ? Caller | null : Caller;

export interface SessionCookie {
  read(): string | undefined;
  set(session: Awaited<ReturnType<SignInActions['open']>>): void;
  clear(): void;
}

export interface Exchange<R extends Route> {
  caller: CallerOf<R>;
  scope: ScopeOf<R>;
  params: ParamsOf<R>;
  query: QueryOf<R>;
  body: BodyOf<R>;
  /** Of a route whose form is a file: read it once. */
  file: R['form'] extends { file: string } ? FileStream : undefined;
  visitor: Visitor;
  cookie: SessionCookie;
}

type Given<R extends Route> = (R['emptyIs204'] extends true ? null : never) | GivenBody<R>;

type GivenBody<R extends Route> =
  AnswerBody<R> extends null ? void : AnswerBody<R> extends 'bytes' ? FileStream : AnswerBody<R>;

/** A route with what answers it. */
export interface Binding {
  route: Route;
  handle(exchange: Exchange<Route>): unknown;
}

export const bind = <const R extends Route>(
  route: R,
  handle: (exchange: Exchange<R>) => Given<R> | Promise<Given<R>>,
): Binding => ({ route, handle: handle });
