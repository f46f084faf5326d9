import { existsSync } from 'node:fs';
import { join } from 'node:path';
import serveStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { sendProblem } from './error-handler.ts';
import { Problem } from './problem.ts';

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>Yinling</title>
<p>The console has not been built: run <code>npm run prepare</code>. The API is described at <a href="/docs">/docs</a>.</p>`;

/** The console at `/`, the caregiver's page at `/h5`; paths that only they know end there too. */
export async function consoleFiles(app: App, consoleDir: string | undefined): Promise<void> {
  const built = consoleDir !== undefined && existsSync(join(consoleDir, 'index.html'));
  if (built)
    await app.register(serveStatic, {
      root: consoleDir,
      schemaHide: true,
      cacheControl: false,
      // What Vite names by content never changes; the pages that name it do.
      setHeaders: (reply, path) =>
        void reply.header(
          'cache-control',
          path.startsWith(join(consoleDir, 'assets')) ? 'public, max-age=31536000, immutable' : 'no-cache',
        ),
    });
  else app.get('/', { schema: { hide: true } }, (_request, reply) => notBuilt(reply));

  app.get('/h5', { schema: { hide: true } }, (_request, reply) =>
    built ? reply.sendFile('h5.html') : notBuilt(reply),
  );

  app.setNotFoundHandler((request, reply) => {
    if (!wantsPage(request)) {
      const [path] = request.url.split('?', 1);
      return sendProblem(request, reply, new Problem('not_found', `there is no ${request.method} ${path}`));
    }
    if (!built) return notBuilt(reply);
    return reply.sendFile(/^\/h5(\/|\?|$)/.test(request.url) ? 'h5.html' : 'index.html');
  });
}

const notBuilt = (reply: FastifyReply): FastifyReply =>
  reply.code(200).type('text/html; charset=utf-8').send(NOT_BUILT);

/** A browser looking for a page, not a program or a missing file. */
function wantsPage(request: FastifyRequest): boolean {
  const [path = ''] = request.url.split('?', 1);
  return (
    (request.method === 'GET' || request.method === 'HEAD') &&
    (request.headers.accept ?? '').includes('text/html') &&
    !/^\/(api|docs|assets)(\/|$)/.test(path) &&
    !/\.[a-z0-9]+$/i.test(path)
  );
}
