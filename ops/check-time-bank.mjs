#!/usr/bin/env node
/**
 * Checks the time bank's chain from outside, with nothing of the service but what it shows to anyone: no login, no
 * database, no other file of this project. Node.js 18 or newer. What it checks, and how to write it anew in another
 * language, is in docs/time-bank.md.
 *
 *   node check-time-bank.mjs --url https://care.example [--anchor FILE]… [--save FILE]
 *   node check-time-bank.mjs --blocks FILE              [--anchor FILE]…
 *
 * --anchor  an anchor that was kept before: the chain must still be the one that it names
 * --save    keeps the newest block as an anchor, if all is well
 * --blocks  a file with the answers of /api/v1/ledger/blocks, one after another (JSON, one a line), instead of --url
 *
 * Exit code 0: all is well; 1: something is wrong; 2: it could not be checked.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const GENESIS = '0'.repeat(64);
const options = { anchor: [] };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i]?.replace(/^--/, '');
  const value = process.argv[i + 1];
  if (!['url', 'blocks', 'anchor', 'save'].includes(name) || value === undefined)
    leave(2, 'usage: check-time-bank.mjs (--url URL | --blocks FILE) [--anchor FILE]… [--save FILE]');
  if (name === 'anchor') options.anchor.push(value);
  else options[name] = value;
}
if ((options.url === undefined) === (options.blocks === undefined)) leave(2, 'either --url or --blocks');

function leave(code, text) {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exit(code);
}

/** Of a block: everything it covers, as one JSON text. Digests are of its transactions, which stay with the service. */
const hashOf = ({ no, sealedAt, prevHash, digests }) =>
  createHash('sha256')
    .update(JSON.stringify(['yinling-block-1', no, sealedAt, prevHash, digests]), 'utf8')
    .digest('hex');

async function* blocks() {
  if (options.blocks !== undefined) {
    for (const line of readFileSync(options.blocks, 'utf8').split('\n'))
      if (line.trim() !== '') yield* JSON.parse(line).items;
    return;
  }
  for (let after = 0; after !== null;) {
    const response = await fetch(`${options.url}/api/v1/ledger/blocks?after=${after}&limit=200`);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const page = await response.json();
    yield* page.items;
    after = page.next;
  }
}

const problems = [];
let last = { no: 0, hash: GENESIS, sealedAt: null };
let transactions = 0;
try {
  const anchors = new Map(
    options.anchor.map((file) => JSON.parse(readFileSync(file, 'utf8'))).map((one) => [one.no, one]),
  );
  for await (const block of blocks()) {
    if (block.no !== last.no + 1) problems.push(`block ${last.no + 1} is missing`);
    if (block.prevHash !== last.hash) problems.push(`block ${block.no} does not continue the one before`);
    if (hashOf(block) !== block.hash) problems.push(`block ${block.no} has been changed`);
    transactions += block.digests.length;
    const anchor = anchors.get(block.no);
    if (anchor !== undefined && (anchor.hash !== block.hash || anchor.transactions !== transactions))
      problems.push(`block ${block.no} is not the one that was anchored`);
    anchors.delete(block.no);
    last = block;
  }
  for (const no of anchors.keys()) problems.push(`block ${no} was anchored and is gone`);
} catch (error) {
  leave(2, `it could not be checked: ${error instanceof Error ? error.message : String(error)}`);
}
const { no, hash, sealedAt } = last;
const verdict = {
  ok: problems.length === 0,
  blocks: no,
  transactions,
  head: no === 0 ? null : hash,
  problems,
};
if (verdict.ok && no > 0 && options.save !== undefined) {
  const anchor = { format: 'yinling-anchor-1', no, hash, sealedAt, transactions };
  writeFileSync(options.save, `${JSON.stringify(anchor, null, 2)}\n`);
}
leave(verdict.ok ? 0 : 1, JSON.stringify(verdict, null, 2));
