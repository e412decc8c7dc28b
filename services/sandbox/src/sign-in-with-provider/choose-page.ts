import type { OauthUser } from '../domain/book-event.ts'
import { escapeHtml, htmlPage } from '../domain/html.ts'

/** The page on which a person picks who to be. `url` is the path and query of the authorization request. */
export function choosePage(provider: string, users: readonly OauthUser[], url: string): string {
  const link = (name: string, value: string) => {
    const target = new URL(url, 'http://sandbox.invalid')
    target.searchParams.set(name, value)
    return escapeHtml(target.pathname + target.search)
  }
  const people = users.map(
    (user) =>
      `<li><a href="${link('login_hint', user.id)}">${escapeHtml(user.name)}</a> ${escapeHtml(user.email ?? 'no e-mail')}</li>`,
  )
  return htmlPage(
    `Sign in with ${provider} (sandbox)`,
    `<p>Nobody real is here. Pick who to be; <code>POST /sandbox/oauth-users</code> adds more.</p>
<ul>${people.join('\n')}</ul>
<p><a href="${link('auto', 'deny')}">Refuse</a></p>`,
  )
}

/** The page for a mistake of the client that must not be told to an unknown address. */
export function mistakePage(provider: string, mistake: { code: string; message: string }): string {
  return htmlPage(
    `${provider} refuses (sandbox)`,
    `<p><code>${escapeHtml(mistake.code)}</code> ${escapeHtml(mistake.message)}</p>`,
  )
}
