/** What a person sees at `/`: what runs here, and who they are. */
import type { Place } from '#actions/people/users.ts';
import type { User } from '#core/people.ts';
import type { ApiSettings } from '../actions.ts';
import { document, field, type Html, html, notice } from './html.ts';

const about = ({ publicUrl, version }: ApiSettings): Html => html`<section aria-labelledby="about">
<h2 id="about">This service</h2>
<dl>
<dt>Version</dt><dd>${version}</dd>
<dt>API</dt><dd><code>${publicUrl}/api</code></dd>
<dt>Description</dt><dd><a href="/api/openapi.json">openapi.json</a></dd>
</dl>
</section>`;

const intro = html`<h1>Pipelines on your cluster, under your own account</h1>
<p class="lead">Each member launches with a key of their own. Jobs, files and accounting stay theirs.</p>`;

export const signedOutPage = (settings: ApiSettings, again?: { problem: string; name: string }): string =>
  document(
    'Sign in',
    html`${intro}
<section aria-labelledby="sign-in">
<h2 id="sign-in">Sign in</h2>
${again && notice('problem', again.problem)}
<form method="post" action="/sign-in">
${field({ name: 'userNameOrEmail', label: 'User name or e-mail', autocomplete: 'username', value: again?.name })}
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' })}
<button type="submit">Sign in</button>
</form>
</section>
${about(settings)}`,
  );

const placeRow = ({ organisation, organisationRole, workspace, workspaceRoles }: Place): Html =>
  html`<li>${organisation.name}${workspace ? html` / ${workspace.name}` : ''} <span class="hint">${
    workspace ? workspaceRoles.join(', ') || 'shared' : organisationRole
  }</span></li>`;

export interface Made {
  name: string;
  token: string;
}

export const signedInPage = (
  settings: ApiSettings,
  user: User,
  places: readonly Place[],
  news: { made?: Made; problem?: string } = {},
): string =>
  document(
    'Home',
    html`<h1>Hello, ${user.firstName ?? user.userName}</h1>
<p class="lead">${user.userName} · ${user.email}</p>
${news.problem !== undefined && notice('problem', news.problem)}
${
  news.made &&
  html`<section aria-labelledby="made">
<h2 id="made">Your new access token “${news.made.name}”</h2>
<p>Copy it now. It is shown this once and cannot be shown again.</p>
<code class="secret">${news.made.token}</code>
</section>`
}
<section aria-labelledby="places">
<h2 id="places">Organisations and workspaces</h2>
${
  places.length === 0
    ? html`<p>None yet: ask an owner to add you.</p>`
    : html`<ul class="plain">${places.map(placeRow)}</ul>`
}
</section>
<section aria-labelledby="token">
<h2 id="token">New access token</h2>
<form method="post" action="/access-tokens">
${field({ name: 'name', label: 'Name', hint: 'Where it will be used, such as “laptop”.' })}
<button type="submit">Create token</button>
</form>
</section>
${about(settings)}
<form method="post" action="/sign-out"><button class="quiet" type="submit">Sign out</button></form>`,
  );
