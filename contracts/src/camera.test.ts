import { describe, expect, test } from 'vitest';
import { parseCamera } from './parse-camera.js';

/** A camera with one zone, line, signal and a rule of each type; `change` edits the field under test. */
function aCamera(change: (camera: Record<string, any>) => void = () => undefined) {
  const camera = {
    id: 'cam1',
    name: 'Ngã tư Thuận An',
    source: { url: 'rtsp://10.0.0.5:554/main' },
    zones: [
      {
        id: 'box',
        name: 'lòng nút giao',
        polygon: [
          [0.1, 0.1],
          [0.9, 0.1],
          [0.9, 0.9],
          [0.1, 0.9],
        ],
      },
    ],
    lines: [{ id: 'stop', name: 'vạch dừng', a: [0.1, 0.8], b: [0.9, 0.8] }],
    signals: [{ id: 'main', name: 'đèn chính', source: { kind: 'script', cycle: [{ state: 'red', durationMs: 10_000 }] } }],
    rules: [
      { id: 'r1', name: 'xe hỏng', type: 'stalled-vehicle', zoneId: 'box' },
      { id: 'r2', name: 'đèn đỏ', type: 'red-light', lineId: 'stop', signalId: 'main', direction: 'right' },
      { id: 'r3', name: 'đám đông', type: 'crowd-occupancy', zoneId: 'box', minCount: 20 },
      { id: 'r4', name: 'khu cấm', type: 'intrusion', zoneId: 'box' },
    ],
  };
  change(camera);
  return camera;
}

test('a valid camera gets the defaults of its parts', () => {
  const camera = parseCamera(aCamera());
  expect(camera).toMatchObject({
    revision: 0,
    simulated: false,
    enabled: true,
    detection: { modelId: 'nanodet-g', targetFps: 5, minScore: 0.35, decode: 'adaptive' },
    signals: [{ source: { epochMs: 0 } }],
    source: { transport: 'tcp' },
  });
  expect(camera.rules).toMatchObject([
    { enabled: true, dwellMs: 20_000 },
    { enabled: true, graceMs: 500, pastDistance: 0.05 },
    { enabled: true, holdMs: 2000 },
    { enabled: true, dwellMs: 1000 },
  ]);
});

test('signals and the movements allowed at red get their defaults', () => {
  const lamps = [{ state: 'red', region: [0.1, 0.1, 0.2, 0.2] }];
  const controller = { kind: 'controller', controllerId: 'c1', group: 'g1' };
  const camera = parseCamera(
    aCamera((c) => {
      c['signals'][0] = { id: 'main', name: 'đèn', source: { kind: 'picture', lamps }, check: controller };
      c['rules'][1].allowedOnRed = [{ classes: ['motorcycle'], schedule: { windows: [{ from: '06:00', to: '09:00' }] } }];
    }),
  );
  expect(camera.signals[0]).toMatchObject({ source: { lamps }, check: { maxAgeMs: 5000 } });
  expect(camera.rules[1]).toMatchObject({ minYellowMs: 2000, allowedOnRed: [{ schedule: { timeZone: 'Asia/Ho_Chi_Minh' } }] });
  expect(parseCamera(camera)).toEqual(camera);
});

test('parsing twice changes nothing', () => {
  const once = parseCamera(aCamera());
  expect(parseCamera(once)).toEqual(once);
});

describe('refused, with the place and the mend', () => {
  test.each([
    [
      'a self-crossing zone',
      (c: any) => {
        c.zones[0].polygon = [
          [0, 0],
          [1, 1],
          [1, 0],
          [0, 1],
        ];
      },
      'zones/0/polygon: zone "lòng nút giao" crosses itself: side 1 meets side 3; move the corners so that no two sides cross',
    ],
    [
      'a zone of two points',
      (c: any) => {
        c.zones[0].polygon = [
          [0, 0],
          [1, 1],
        ];
      },
      'zones/0/polygon: must not have fewer than 3 items',
    ],
    [
      'a zone on one line',
      (c: any) => {
        c.zones[0].polygon = [
          [0, 0],
          [0.5, 0.5],
          [1, 1],
        ];
      },
      'has no area',
    ],
    [
      'a privacy mask that crosses itself',
      (c: any) => {
        c.privacyMasks = [
          {
            id: 'window',
            name: 'cửa sổ',
            polygon: [
              [0, 0],
              [1, 1],
              [1, 0],
              [0, 1],
            ],
          },
        ];
      },
      'privacyMasks/0/polygon: privacy mask "cửa sổ" crosses itself: side 1 meets side 3; move the corners so that no two sides cross',
    ],
    [
      'two privacy masks of one id',
      (c: any) => {
        const { polygon } = c.zones[0];
        c.privacyMasks = [1, 2].map(() => ({ id: 'window', name: 'cửa sổ', polygon }));
      },
      'privacyMasks/1/id: "window" is used twice: give each its own id',
    ],
    [
      'more privacy masks than 16',
      (c: any) => {
        const { polygon } = c.zones[0];
        c.privacyMasks = Array.from({ length: 17 }, (_, index) => ({ id: `m${index}`, name: 'm', polygon }));
      },
      'privacyMasks: must not have more than 16 items',
    ],
    [
      'a repeated corner',
      (c: any) => {
        c.zones[0].polygon = [
          [0, 0],
          [0, 0],
          [1, 0],
          [1, 1],
        ];
      },
      'corners 1 and 2 are the same point',
    ],
    [
      'a point outside the picture',
      (c: any) => {
        c.zones[0].polygon[0] = [1.2, 0];
      },
      'zones/0/polygon/0/0: must be <= 1; got 1.2',
    ],
    [
      'a line without length',
      (c: any) => {
        c.lines[0].b = [0.1, 0.8];
      },
      'lines/0: line "vạch dừng" has no length: move A and B apart',
    ],
    [
      'an unknown rule',
      (c: any) => {
        c.rules[0].type = 'teleport';
      },
      'rules/0/type: unknown rule type "teleport": available are line-count',
    ],
    [
      'a rule on a zone that is not there',
      (c: any) => {
        c.rules[0].zoneId = 'nowhere';
      },
      'rules/0/zoneId: "nowhere" does not exist on this camera: it has box; name one of them, or add it to zones',
    ],
    [
      'an unknown way of decoding',
      (c: any) => {
        c.detection = { decode: 'sometimes' };
      },
      'detection/decode: must be one of always, adaptive, keyframes; got "sometimes"',
    ],
    [
      'a least idle rate of nothing',
      (c: any) => {
        c.detection = { minIdleFps: 0 };
      },
      'detection/minIdleFps: must be > 0; got 0',
    ],
    [
      'an unknown key',
      (c: any) => {
        c.zonse = [];
      },
      'unknown key zonse: remove it or correct its spelling',
    ],
    [
      'an unknown key of a rule',
      (c: any) => {
        c.rules[3].dwell = 5;
      },
      'rules/3: unknown key dwell',
    ],
    [
      'two rules with one id',
      (c: any) => {
        c.rules[1].id = 'r1';
      },
      'rules/1/id: "r1" is used twice',
    ],
    [
      'no name',
      (c: any) => {
        delete c.name;
      },
      'missing name',
    ],
    [
      'a URL that is not RTSP',
      (c: any) => {
        c.source.url = 'http://10.0.0.5/';
      },
      'source/url: must be rtsp:// or rtsps:// without user and password, which are given as credentials',
    ],
    [
      'an id with a dot',
      (c: any) => {
        c.id = 'a.b';
      },
      'id: must be 1 to 64 letters',
    ],
    [
      'a source of a signal that there is not',
      (c: any) => {
        c.signals[0].source = { kind: 'radar' };
      },
      'signals/0/source/kind: unknown kind "radar": available are script, picture, controller',
    ],
    [
      'a source of a signal with the keys of another kind',
      (c: any) => {
        c.signals[0].source = { kind: 'controller', controllerId: 'c1', group: 'g1', lamps: [] };
      },
      'signals/0/source: unknown key lamps: remove it or correct its spelling',
    ],
    [
      'a lamp of a colour that there is not',
      (c: any) => {
        c.signals[0].source = { kind: 'picture', lamps: [{ state: 'blue', region: [0.1, 0.1, 0.2, 0.2] }] };
      },
      'signals/0/source/lamps/0/state: must be one of red, yellow, green; got "blue"',
    ],
    [
      'a lamp without area',
      (c: any) => {
        c.signals[0].source = { kind: 'picture', lamps: [{ state: 'red', region: [0.2, 0.1, 0.1, 0.2] }] };
      },
      'signals/0/source/lamps/0/region: has no area: give x1, y1, x2, y2 with x1 < x2 and y1 < y2',
    ],
    [
      'a signal that checks itself by the same kind',
      (c: any) => {
        c.signals[0].source = { kind: 'controller', controllerId: 'c1', group: 'g1' };
        c.signals[0].check = { kind: 'controller', controllerId: 'c2', group: 'g1' };
      },
      'signals/0/check: is of the same kind as source: give one of another',
    ],
    [
      'a script with a check',
      (c: any) => {
        c.signals[0].check = { kind: 'controller', controllerId: 'c1', group: 'g1' };
      },
      'signals/0/check: has nothing to check: a scripted signal is simulated',
    ],
    [
      "an officer's window without end",
      (c: any) => {
        c.signals[0].officerDirected = [{ fromMs: 5, toMs: 5 }];
      },
      'signals/0/officerDirected/0: never matches: toMs is not after fromMs',
    ],
    [
      'a movement allowed in a lane that is not there',
      (c: any) => {
        c.rules[1].allowedOnRed = [{ classes: ['motorcycle'] }, { laneIds: ['nowhere'] }];
      },
      'rules/1/allowedOnRed/1/laneIds: "nowhere" does not exist on this camera: it has none; add it to lanes',
    ],
    [
      'a movement that allows everybody',
      (c: any) => {
        c.rules[1].allowedOnRed = [{ schedule: { windows: [{ from: '06:00', to: '09:00' }] } }];
      },
      'rules/1/allowedOnRed/0: allows everybody: give laneIds, exitLineId or classes',
    ],
    [
      'a movement that leaves over the stop line',
      (c: any) => {
        c.rules[1].allowedOnRed = [{ exitLineId: 'stop' }];
      },
      'rules/1/allowedOnRed/0/exitLineId: is the stop line itself',
    ],
    [
      'a movement allowed in no hours',
      (c: any) => {
        c.rules[1].allowedOnRed = [{ classes: ['car'], schedule: { windows: [{ from: '06:00', to: '06:00' }] } }];
      },
      'rules/1/allowedOnRed/0/schedule/windows/0: never matches',
    ],
    [
      'a threshold of the wrong type',
      (c: any) => {
        c.rules[2].minCount = '20';
      },
      'rules/2/minCount: must be integer; got "20"',
    ],
  ])('%s', (_name, change, message) => {
    expect(() => parseCamera(aCamera(change))).toThrow(message);
  });

  test('credentials in a URL, without repeating them', () => {
    const attempt = () =>
      parseCamera(
        aCamera((c) => {
          c['source'].url = 'rtsp://admin:s3cret@10.0.0.5/main';
        }),
      );
    expect(attempt).toThrow('source/url');
    expect(attempt).not.toThrow('s3cret');
  });

  test.each([[null], [[]], ['camera'], [42], [undefined]])('%j instead of a camera', (value) => {
    expect(() => parseCamera(value)).toThrow('is not valid');
  });
});
