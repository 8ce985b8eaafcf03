/** A small client for tests: says what was asked and answered when something else was expected. */

export interface Answer<Body> {
  status: number;
  body: Body;
  headers: Headers;
}

export const createApiClient = (base: string, token: string) => {
  const call = async <Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      body: (json ? JSON.parse(text) : text) as Body,
      headers: response.headers,
    };
  };
  const expectOk = async <Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> => {
    const answer = await call<Body>(method, path, body);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
    return answer;
  };
  return {
    /** Any answer. */
    call,
    /** An answer below 300, or an error that shows it. */
    get: <Body>(path: string) => expectOk<Body>('GET', path),
    post: <Body>(path: string, body?: unknown) => expectOk<Body>('POST', path, body),
    put: <Body>(path: string, body?: unknown) => expectOk<Body>('PUT', path, body),
    del: <Body>(path: string) => expectOk<Body>('DELETE', path),
  };
};

export type ApiClient = ReturnType<typeof createApiClient>;
