import type { FastifyHelmetOptions } from '@fastify/helmet';

/**
 * What our pages may load: our own files, nothing from elsewhere but the pictures of the map where tiles are
 * configured, no inline script. Style attributes are allowed, for
 * Vue writes some; style elements are not. No upgrade to HTTPS: on a machine without a certificate it would cut the
 * console off from its own files.
 */
export const contentPolicy = (tilesOrigin?: string) =>
  ({
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      scriptSrcAttr: ["'none'"],
      styleSrc: ["'self'"],
      styleSrcAttr: ["'unsafe-inline'"],
      imgSrc: ["'self'", 'data:', 'blob:', ...(tilesOrigin === undefined ? [] : [tilesOrigin])],
      mediaSrc: ["'self'", 'data:', 'blob:'],
      fontSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      workerSrc: ["'self'"],
      manifestSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  }) satisfies FastifyHelmetOptions['contentSecurityPolicy'];
