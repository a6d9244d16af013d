import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ControllerMessage, matches, parseCamera, RULE_TYPE_IDS } from '@safecity/contracts';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const guide = readFileSync(join(root, 'docs', 'cameras.md'), 'utf8');
const examples = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => JSON.parse(match[1] as string));
const camera = examples.find((example) => example.source?.url !== undefined);
const signals = examples.filter((example) => example.source?.kind !== undefined);
const rules = examples.filter((example) => example.type !== undefined);

describe('docs/cameras.md', () => {
  test('its camera is valid', () => {
    expect(parseCamera(camera).id).toBe('junction-1');
  });

  test('its presets are valid, and its zones may belong to them', () => {
    const { presets } = examples.find((example) => example.presets !== undefined);
    const zones = camera.zones.map((zone: object) => ({ ...zone, presetId: presets[0].id }));
    expect(parseCamera({ ...camera, presets, zones }).presets).toEqual(presets);
  });

  test('has a valid example for every rule type', () => {
    expect(rules.map((rule) => rule.type).toSorted()).toEqual(RULE_TYPE_IDS.filter((id) => !id.startsWith('camera-')).toSorted());
    expect(() => parseCamera({ ...camera, signals, rules })).not.toThrow();
  });

  test('has a valid example of each source of a signal, and of what a controller sends', () => {
    const kinds = signals.flatMap(({ source, check }) => [source.kind, ...(check ? [check.kind] : [])]);
    expect(kinds.toSorted()).toEqual(['controller', 'picture', 'script']);
    expect(
      matches(
        ControllerMessage,
        examples.find((example) => example.sentAtMs !== undefined),
      ),
    ).toBe(true);
  });
});

test('the published schema is the one the code uses', async () => {
  const { cameraSchema } = (await import('../scripts/camera-schema.mjs')) as { cameraSchema(): string };
  expect(readFileSync(join(root, 'contracts', 'camera.schema.json'), 'utf8')).toBe(cameraSchema());
});

describe('the demo site', () => {
  const site = JSON.parse(readFileSync(join(root, 'fixtures', 'site', 'site.json'), 'utf8'));
  test.each(readdirSync(join(root, 'fixtures', 'site', 'cameras')))('%s is a valid camera in a unit that exists', (file) => {
    const parsed = parseCamera(JSON.parse(readFileSync(join(root, 'fixtures', 'site', 'cameras', file), 'utf8')));
    expect(parsed.simulated).toBe(true);
    expect(site.units.map((unit: { id: string }) => unit.id)).toContain(parsed.unitId);
    expect(site.cameras.map((entry: { file: string }) => entry.file)).toContain(`cameras/${file}`);
  });
});

test.each(readdirSync(join(root, 'fixtures', 'cameras')))('fixtures/cameras/%s is a valid camera', (file) => {
  expect(parseCamera(JSON.parse(readFileSync(join(root, 'fixtures', 'cameras', file), 'utf8'))).rules.length).toBeGreaterThan(0);
});
