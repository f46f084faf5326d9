import type { App } from './app.ts';
import { Problem } from './problem.ts';

/**
 * JSON and nothing else; an empty body is an empty object, with any content type or none, so that a command without
 * details may be sent bare.
 */
export function readBodies(app: App): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request, body, done) => {
      const text = String(body).trim();
      if (text === '') done(null, {});
      else
        void parseJson(request, text, (error, value) =>
          done(error === null ? null : malformed(error), value),
        );
    },
  );
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    if (String(body) === '') done(null, {});
    else
      done(
        new Problem(
          'unsupported_media_type',
          `send application/json, not ${request.headers['content-type'] ?? 'that'}`,
        ),
      );
  });
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined || request.body === null) {
      const hasBody = request.routeOptions.schema?.body !== undefined;
      if (hasBody) request.body = {};
    }
    done();
  });
}

const malformed = (error: Error): Problem =>
  new Problem('malformed', `the body is not JSON: ${error.message}`, { cause: error });
