import '../style/tokens.css';
import '../style/base.css';
import '../style/h5.css';
import { createApp } from 'vue';
import { carerKey, createCarer } from '../wire/carer.ts';
import H5App from './H5App.vue';

const carer = createCarer();
const app = createApp(H5App);
app.provide(carerKey, carer);
app.mount('#app');

// Keeps the page itself on the phone, so that it opens without a network. Data is never cached there.
if ('serviceWorker' in navigator && import.meta.env.PROD)
  navigator.serviceWorker.register('/h5-sw.js', { scope: '/h5' }).catch(() => undefined);
