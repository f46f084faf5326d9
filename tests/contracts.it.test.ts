import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { format } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from '../dispatcher/http/testing/harness.ts';
import { asyncApiDocument } from '../schemas/asyncapi.ts';
import { CHANNELS } from '../schemas/channels.ts';
import { badExamples, goodExamples } from '../schemas/examples.ts';

const root = resolve(import.meta.dirname, '..');
const text = (document: unknown): Promise<string> =>
  format(JSON.stringify(document), { parser: 'json', printWidth: 110 });

let h: Harness;
let openApi: Record<string, unknown>;
beforeAll(async () => {
  h = await startHarness();
  openApi = JSON.parse((await h.anonymous('GET', '//openapi.json')).text) as Record<string, unknown>;
});
afterAll(() => h.close());

describe('published contracts', () => {
  it('docs/api/asyncapi.json is what the schemas say (else run this with -u)', async () => {
    await expect(await text(asyncApiDocument())).toMatchFileSnapshot(join(root, 'docs/api/asyncapi.json'));
  });

  it('docs/api/openapi.json is what the routes say (else run this with -u)', async () => {
    await expect(await text(openApi)).toMatchFileSnapshot(join(root, 'docs/api/openapi.json'));
  });

  it('the AsyncAPI document is valid by the schema of AsyncAPI 3.0', () => {
    const require = createRequire(import.meta.url);
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const schema = JSON.parse(
      readFileSync(require.resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json'), 'utf8'),
    ) as object;
    const validate = ajv.compile(schema);
    const valid = validate(asyncApiDocument());
    expect(validate.errors?.slice(0, 5) ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(validate({ ...asyncApiDocument(), channels: { sos: { address: 7 } } })).toBe(false);
  });

  it('the OpenAPI document is valid by the schema of OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(openApi));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
    const { info: _, ...without } = openApi;
    expect((await new Validator().validate(structuredClone(without))).valid).toBe(false);
  });

  it('the payload schemas that are published take every good example, and refuse what a shape can refuse', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const { messages } = asyncApiDocument()['components'] as {
      messages: Record<string, { payload: object }>;
    };
    let refused = 0;
    for (const channel of CHANNELS) {
      const validate = ajv.compile(messages[`${channel}Message`]?.payload ?? false);
      for (const { name, payload } of goodExamples[channel])
        expect(validate(payload), `${channel}: ${name}`).toBe(true);
      refused += badExamples[channel].filter(({ payload }) => !validate(payload)).length;
    }
    const all = Object.values(badExamples).flat().length;
    // Some rules stand between fields (equal lengths, "any of"), which JSON Schema does not say.
    expect(refused / all).toBeGreaterThan(0.7);
  });
});
