/* The caregiver's page opens without a network. Only the page and its hashed assets are kept; nothing of /api. */
const CACHE = 'yinling-h5-1';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith('/assets/') || url.pathname === '/favicon.svg')
    event.respondWith(cacheFirst(event.request));
  else if (url.pathname === '/h5') event.respondWith(networkFirst(event.request));
});
async function cacheFirst(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(CACHE)).put(request, response.clone());
  return response;
}
async function networkFirst(request) {
  try {
    const response = await fetch(request);
    if (response.ok) await (await caches.open(CACHE)).put('/h5', response.clone());
    return response;
  } catch {
    return (await caches.match('/h5')) ?? Response.error();
  }
}
