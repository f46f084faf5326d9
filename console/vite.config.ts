import { resolve } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** Two pages, the operator's at `/` and the caregiver's at `/h5`; the service serves `dist` as it is. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [vue({ features: { optionsAPI: false } })],
  build: {
    target: 'es2022',
    emptyOutDir: true,
    // A data: URL would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: {
        index: resolve(import.meta.dirname, 'index.html'),
        h5: resolve(import.meta.dirname, 'h5.html'),
      },
    },
  },
  server: { proxy: { '/api': process.env['API'] ?? 'http://127.0.0.1:8080' } },
});
