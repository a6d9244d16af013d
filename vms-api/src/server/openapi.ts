type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** TypeBox writes tuples as draft 7 does; OpenAPI 3.1 speaks JSON Schema 2020-12. */
function tupleOf(schema: Json): Json {
  const { items, additionalItems: _closed, ...rest } = schema;
  return { ...rest, prefixItems: items, items: false, maxItems: (items as unknown[]).length };
}

/** Replaces every titled schema by a reference to a component of that name. `components` is filled. */
function hoist(value: unknown, components: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => hoist(item, components));
  if (!isObject(value)) return value;
  const tuple = Array.isArray(value['items']) && value['type'] === 'array' ? tupleOf(value) : value;
  const walked = Object.fromEntries(Object.entries(tuple).map(([key, child]) => [key, hoist(child, components)]));
  const { title, ...schema } = walked;
  const isSchema = 'type' in walked || 'anyOf' in walked || 'enum' in walked;
  if (typeof title !== 'string' || !isSchema) return walked;
  // A description beside a reference belongs to the place, not to the component.
  const { description: _place, ...component } = schema;
  components[title] ??= component;
  return { $ref: `#/components/schemas/${title}` };
}

/**
 * Gives the generated document named components and JSON Schema 2020-12 tuples.
 * @param messages titled schemas of what WebSockets carry, which no path mentions
 */
export function finishOpenApi(document: object, messages: object[]): object {
  const { paths, ...rest } = document as Json;
  const components: Json = {};
  hoist(messages, components);
  const finished = hoist(paths, components);
  const sorted = Object.fromEntries(Object.entries(components).sort(([a], [b]) => a.localeCompare(b)));
  const securitySchemes = (rest['components'] as Json | undefined)?.['securitySchemes'];
  return { ...rest, components: { securitySchemes, schemas: sorted }, paths: finished };
}

/** What the generated document says about the API as a whole. */
export function openApiHead(version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Safecity',
      version,
      description:
        'Cameras, alerts, evidence and live video of one site. Times are epoch milliseconds; points and boxes are 0..1 with origin top left. ' +
        'Sign in with POST /api/v1/session; requests that change something carry its csrfToken in the header x-csrf-token.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This server' }],
    components: {
      securitySchemes: {
        session: { type: 'apiKey' as const, in: 'cookie', name: 'safecity_session' },
        csrf: { type: 'apiKey' as const, in: 'header', name: 'x-csrf-token' },
      },
    },
  };
}
