// The API's documentation, read from /openapi.json. No dependency, no inline script, works offline.

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];

const document_ = await (await fetch('/openapi.json')).json();
const operations = Object.entries(document_.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ path, method, ...item[method] })),
);

const main = document.getElementById('operations');
const filter = document.getElementById('filter');
filter.addEventListener('input', () => show(filter.value.trim().toLowerCase()));
show('');

function show(wanted) {
  const found = operations.filter(({ path, method, summary = '', description = '', tags = [] }) =>
    `${method} ${path} ${summary} ${description} ${tags.join(' ')}`.toLowerCase().includes(wanted),
  );
  const groups = Map.groupBy(found, ({ tags = ['other'] }) => tags[0]);
  const sections = [...groups].flatMap(([tag, group]) => [el('h2', tag), ...group.map(operation)]);
  main.replaceChildren(...(sections.length > 0 ? sections : [el('p', 'Nothing matches.')]));
}

function operation({ path, method, summary, description, parameters = [], requestBody, responses = {} }) {
  const details = el('details');
  const head = el('summary');
  head.append(el('b', method.toUpperCase()), el('code', path), el('span', summary ?? '', 'quiet'));
  details.append(head);
  // Built when first opened: schemas are long.
  details.addEventListener(
    'toggle',
    () => {
      const body = el('div', '', 'body');
      if (description) body.append(el('p', description));
      if (parameters.length > 0)
        body.append(el('h3', 'Parameters'), pre(parameters.map(parameter).join('\n')));
      const sent = requestBody?.content?.['application/json']?.schema;
      if (sent) body.append(el('h3', 'Body'), pre(describe(sent)));
      for (const [status, answer] of Object.entries(responses)) {
        const schema = Object.values(answer.content ?? {})[0]?.schema;
        body.append(el('h3', `${status} ${answer.description ?? ''}`), pre(schema ? describe(schema) : '–'));
      }
      details.append(body);
    },
    { once: true },
  );
  return details;
}

const parameter = ({ name, in: where, required, schema, description }) =>
  `${name}${required ? '' : '?'} (${where}): ${describe(schema ?? {})}${description ? `  // ${description}` : ''}`;

/** A JSON schema as a reader writes a type. */
function describe(schema, indent = '', seen = []) {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1);
    const target = document_.components?.schemas?.[name];
    return !target || seen.includes(name) ? name : describe(target, indent, [...seen, name]);
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return union.map((one) => describe(one, indent, seen)).join(' | ');
  if (schema.type === 'array') return `[${describe(schema.items ?? {}, indent, seen)}]`;
  if (schema.type === 'object' && schema.properties) {
    const inner = `${indent}  `;
    const lines = Object.entries(schema.properties).map(([name, field]) => {
      const optional = schema.required?.includes(name) ? '' : '?';
      const note = field.description ? `  // ${field.description}` : '';
      return `${inner}${name}${optional}: ${describe(field, inner, seen)}${note}`;
    });
    return `{\n${lines.join('\n')}\n${indent}}`;
  }
  const range = [schema.minimum, schema.maximum].some(
    (bound) => bound !== undefined && Math.abs(bound) < 1e15,
  );
  const bounds = range ? ` ${schema.minimum ?? '…'}–${schema.maximum ?? '…'}` : '';
  return `${Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'any')}${bounds}`;
}

function el(name, text = '', className = '') {
  const element = document.createElement(name);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

function pre(text) {
  return el('pre', text);
}
