/** Signing a browser in: a one-time code, or the token itself, becomes a session cookie. */

import { z } from 'zod';
import type { AccessRules } from './access.ts';
import { HttpProblem } from './problem.ts';
import { get, json, post, type Route } from './route.ts';
import { SESSION_LIFE_MS, sameSecret } from './sessions.ts';

const sessionView = z.strictObject({ signed_in: z.boolean() });
const secret = z.string().min(1).max(512);

/** Signing a browser in and out, and asking whether it is. */
export function sessionRoutes({ token, sessions, cookieName }: AccessRules): readonly Route[] {
  return [
    get('/session', {
      id: 'session',
      reply: sessionView,
      summary: 'Whether this request is signed in.',
      answer: ({ caller }) => json({ signed_in: caller !== undefined }),
    }),
    post('/session', {
      id: 'signIn',
      reply: sessionView,
      refusals: ['unauthorized'],
      summary: 'Exchanges a one-time code, or the token, for a session cookie.',
      body: z.union([z.strictObject({ code: secret }), z.strictObject({ token: secret })]),
      limitedBy: 'session',
      answer: ({ body }) => {
        const id = 'code' in body ? sessions.redeem(body.code) : openFor(body.token);
        if (id === undefined) {
          throw new HttpProblem('unauthorized', 'this code is unknown, used or older than an hour');
        }
        // No `Secure`: we speak plain HTTP on loopback, where browsers would drop such a cookie.
        const cookie = `${cookieName()}=${id}; Path=/; HttpOnly; SameSite=Strict`;
        const headers = { 'Set-Cookie': `${cookie}; Max-Age=${SESSION_LIFE_MS / 1000}` };
        return { ...json({ signed_in: true }), headers };
      },
    }),
  ];

  function openFor(given: string): string | undefined {
    return sameSecret(given, token) ? sessions.open() : undefined;
  }
}
