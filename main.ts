/** `npm start`: one process of the service, by its environment (contract.md, *Environment*). */
import { keepCompiled } from './platform/compiled.ts';
import { keepYoung } from './platform/garbage.ts';

// Before anything else is loaded: V8 takes back what it compiled only under the same options
keepYoung();
keepCompiled(process.env);
const { runProcess } = await import('./service/process.ts');
await runProcess();
