/** Reads the JSON body of a POST, bounded; anything else is refused before it is read. */

import { bodyParser } from '@koa/bodyparser';
import type { Context, Middleware } from 'koa';
import { HTTP_BODY_BYTES_MAX } from '../limits.ts';
import { codeOfStatus, HttpProblem } from './problem.ts';

const TOO_LARGE = `a body has at most ${HTTP_BODY_BYTES_MAX} bytes`;

/** Parses a JSON body within its bound; anything else is a problem document. */
export function readBody(): Middleware {
  const parse = bodyParser({
    enableTypes: ['json'],
    extendTypes: { json: ['application/json'] },
    jsonLimit: HTTP_BODY_BYTES_MAX,
    jsonStrict: true,
    onError: (error) => {
      throw bodyProblem(error);
    },
  });
  return (ctx, next) => {
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return next();
    if (Number(ctx.get('content-length') || 0) > HTTP_BODY_BYTES_MAX) throw tooLarge();
    if (hasBody(ctx) && !ctx.is('application/json')) {
      throw new HttpProblem('unsupported_media_type', 'send the body as application/json');
    }
    const encoding = ctx.get('content-encoding');
    if (encoding !== '' && encoding !== 'identity') {
      throw new HttpProblem('unsupported_media_type', 'send the body uncompressed');
    }
    return parse(ctx, next);
  };
}

function hasBody(ctx: Context): boolean {
  const length = ctx.get('content-length');
  return ctx.get('transfer-encoding') !== '' || (length !== '' && length !== '0');
}

function bodyProblem(error: Error): HttpProblem {
  const status = 'status' in error && typeof error.status === 'number' ? error.status : 400;
  const code = codeOfStatus(status);
  return code === 'body_too_large' ? tooLarge() : new HttpProblem(code, 'the body is not JSON');
}

/** The rest of the body stays unread, so that the connection cannot be used again. */
function tooLarge(): HttpProblem {
  return new HttpProblem('body_too_large', TOO_LARGE, { Connection: 'close' });
}
