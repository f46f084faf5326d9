import '../style/tokens.css';
import '../style/base.css';
import '../style/operator.css';
import { createApp } from 'vue';
import { createDesk, deskKey } from '../wire/desk.ts';
import OperatorApp from './OperatorApp.vue';

const desk = createDesk();
const app = createApp(OperatorApp);
app.provide(deskKey, desk);
app.mount('#app');
