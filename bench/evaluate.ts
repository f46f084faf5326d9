/**
 * `npm run evaluate -- [part…] [--markdown FILE] [--seed N]`: plays recordings that nobody here made through the pure
 * detectors and prints how good they are, beside a naive rule computed in the same run. The recordings lie in the folder
 * named by `YINLING_DATA`, by default `../shared/data`; a part whose recordings are absent says so and is left out.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fallSections } from './evaluation/falls.ts';
import { positionSections } from './evaluation/positions.ts';
import { presenceSections } from './evaluation/presence.ts';
import { vitalsSections } from './evaluation/vitals.ts';
import { markdown, plain, type Section } from './evaluation/report.ts';

const PARTS: Record<string, (seed: number) => Section[]> = {
  falls: fallSections,
  presence: presenceSections,
  vitals: vitalsSections,
  positions: positionSections,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    markdown: { type: 'string' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const names = Object.keys(PARTS);
const unknown = positionals.filter((name) => !names.includes(name));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`unknown: ${unknown.join(', ')}`);
  console.log(`npm run evaluate -- [${names.join('] [')}] [--seed N] [--markdown FILE]`);
  process.exit(unknown.length > 0 ? 1 : 0);
}
const sections: Section[] = [];
for (const name of positionals.length > 0 ? positionals : names) {
  const made = PARTS[name]?.(Number(values.seed)) ?? [];
  sections.push(...made);
  for (const section of made) console.log(plain(section));
}
if (values.markdown !== undefined) {
  const head = `# Detection quality on recordings\n\nMade by \`npm run evaluate -- --markdown docs/evaluation.md\` (seed ${values.seed}); do not edit. What the recordings are and\nwhere they come from: the folder named by \`YINLING_DATA\`; none of them is part of the project.\n`;
  writeFileSync(values.markdown, [head, ...sections.map(markdown)].join('\n'));
}
