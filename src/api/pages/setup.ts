/** The one-time page on which the first owner makes themselves known. */
import { document, field, html, notice } from './html.ts';

export interface SetupForm {
  organisation?: string | undefined;
  workspace?: string | undefined;
  userName?: string | undefined;
  email?: string | undefined;
}

export const setupPage = (secret: string, form: SetupForm = {}, problem?: string): string =>
  document(
    'First owner',
    html`<h1>Welcome to Latchkey</h1>
<p class="lead">Nobody is here yet. Make the first owner and the first organisation; this link works once.</p>
<section>
${problem !== undefined && notice('problem', problem)}
<form method="post" action="/setup/${secret}">
${field({ name: 'organisation', label: 'Organisation', value: form.organisation, hint: 'Letters, digits, dashes and underscores.' })}
${field({ name: 'workspace', label: 'First workspace', value: form.workspace ?? 'main' })}
${field({ name: 'userName', label: 'User name', value: form.userName, autocomplete: 'username' })}
${field({ name: 'email', label: 'E-mail', type: 'email', value: form.email, autocomplete: 'email' })}
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password', minLength: 10, hint: 'At least 10 characters.' })}
<button type="submit">Create</button>
</form>
</section>`,
  );

export const setupGonePage = (): string =>
  document(
    'Link used',
    html`<h1>This link no longer works</h1>
<p class="lead">It was used already, has expired, or is not complete. While nobody has an account, each start of the service prints a fresh one.</p>
<p><a href="/">Go to the start page</a></p>`,
  );
