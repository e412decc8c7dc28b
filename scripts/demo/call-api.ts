/** An answer that was not 2xx: carries the problem's code so that a caller can branch or show it. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string

  constructor(method: string, url: string, status: number, body: unknown) {
    const problem = body as { code?: string; detail?: string; title?: string }
    super(
      `${method} ${url} answered ${status} ${problem?.code ?? ''} ${problem?.detail ?? problem?.title ?? ''}`.trim(),
    )
    this.status = status
    this.code = problem?.code ?? ''
  }
}

export type Api = <T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) => Promise<T>

/** A caller of the public API as one person: JSON in and out, anything but 2xx is an `ApiError`. */
export function apiAt(baseUrl: string, accessToken?: string): Api {
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await answer.text()
    const parsed: unknown = text === '' ? undefined : JSON.parse(text)
    if (!answer.ok) throw new ApiError(method, path, answer.status, parsed)
    return parsed as T
  }
}

/** Logs in with a captcha token that the sandbox accepts once. */
export async function logIn(baseUrl: string, email: string, password: string): Promise<string> {
  const api = apiAt(baseUrl)
  const answer = await api<{ accessToken: string }>('POST', '/auth/login', {
    email,
    password,
    recaptchaToken: `pass-${crypto.randomUUID()}`,
  })
  return answer.accessToken
}
