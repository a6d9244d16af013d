import { parseCamera } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { MOST_ROWS, readCameraCsv, writeCameraCsv } from './camera-csv.js';
import { cameraOfRow } from './camera-of-row.js';

const BOM = '\uFEFF';

describe('readCameraCsv', () => {
  it.each([
    { name: 'commas', csv: 'id,name,url\na,Cổng,rtsp://x/1\n' },
    { name: 'semicolons, as Excel writes them in Việt Nam', csv: 'id;name;url\r\na;Cổng;rtsp://x/1\r\n' },
    { name: 'tabs', csv: 'id\tname\turl\na\tCổng\trtsp://x/1' },
    { name: 'a byte order mark', csv: `${BOM}id,name,url\na,Cổng,rtsp://x/1` },
    { name: 'a separator told by Excel', csv: `${BOM}sep=;\r\nid;name;url\r\na;Cổng;rtsp://x/1` },
    { name: 'columns in another order and case, with spaces', csv: 'URL, Name ,ID\n rtsp://x/1 , Cổng ,a' },
    { name: 'quotes', csv: '"id","name","url"\n"a","Cổng","rtsp://x/1"' },
    { name: 'empty lines', csv: 'id,name,url\n\na,Cổng,rtsp://x/1\n,,\n' },
  ])('reads $name', ({ csv }) => {
    expect(readCameraCsv(csv).map(({ cells }) => cells)).toEqual([{ id: 'a', name: 'Cổng', url: 'rtsp://x/1' }]);
  });

  it('keeps separators, quotes and line ends within quotes, and tells the line', () => {
    const rows = readCameraCsv('id,name\na,"Cổng ""A"", số\n2"\nb,B\n');
    expect(rows).toEqual([
      { line: 3, cells: { id: 'a', name: 'Cổng "A", số\n2' } },
      { line: 4, cells: { id: 'b', name: 'B' } },
    ]);
  });

  it.each([
    { name: 'nothing', csv: ' \n', message: 'the file is empty: its first line names the columns' },
    { name: 'another coding', csv: 'id,name\na,C\uFFFDng', message: 'the file is not UTF-8: save it as "CSV UTF-8" in the spreadsheet' },
    { name: 'an unknown column', csv: 'id,colour\na,red', message: /^column "colour" is not known: the columns are id, name, / },
    { name: 'a column twice', csv: 'id,name,Name\na,b,c', message: 'column name is there twice: remove one' },
    { name: 'no id', csv: 'name\nb', message: 'column id is missing: it names the camera of each row' },
    { name: 'too many cells', csv: 'id,name\na,b,s3cret', message: /^line 2: has 3 cells, the first line names 2/ },
    { name: 'an open quote', csv: 'id,password\na,"s3cret', message: /^line 2: has quotes that do not match/ },
    { name: 'an endless cell', csv: `id,password\na,${'s3cret'.repeat(5000)}`, message: /^line \d: is too long/ },
    {
      name: 'too many cameras',
      csv: `id\n${Array.from({ length: MOST_ROWS + 1 }, (_, i) => `c${i}`).join('\n')}`,
      message: 'the file has 1001 cameras, the most at once are 1000: divide it',
    },
  ])('refuses $name', ({ csv, message }) => {
    expect(() => readCameraCsv(csv)).toThrow(
      expect.objectContaining({ code: 'API_IMPORT_INVALID', message: expect.stringMatching(message) }),
    );
    expect(() => readCameraCsv(csv)).not.toThrow(/s3cret/);
  });
});

describe('writeCameraCsv', () => {
  const hostile = ['=HYPERLINK("http://x","y")', '+1', '-1', '@SUM(A1)', "'=1", 'plain', 'a;b,"c"', '\tTab'];

  it('is harmless to spreadsheets and comes back as it was', () => {
    const cameras = hostile.map((name, index) =>
      parseCamera({
        ...{ id: `c-${index}`, name, unitId: 'ward-a', source: { url: 'rtsp://192.0.2.1/a' }, groups: ['Cổng', '=1+1'] },
        ...{ location: { latitude: -10.5, longitude: 106, address: name }, directionDegrees: 270 },
      }),
    );
    const csv = writeCameraCsv(cameras);
    expect(csv.startsWith(`${BOM}id,name,unit,`)).toBe(true);
    for (const cell of csv.split(/[,\r\n]/)) expect(cell).not.toMatch(/^"?[=+@\t]/);
    const back = readCameraCsv(csv).map((row, index) => cameraOfRow(row, cameras[index] as (typeof cameras)[0]));
    expect(back.map(({ problems }) => problems)).toEqual(cameras.map(() => []));
    expect(back.map(({ camera }) => camera)).toEqual(cameras);
  });
});

describe('cameraOfRow', () => {
  const stored = parseCamera({
    ...{ id: 'a', name: 'A', source: { url: 'rtsp://192.0.2.1/a', detectUrl: 'rtsp://192.0.2.1/b' }, groups: ['x'] },
    ...{ directionDegrees: 10, location: { latitude: 1, longitude: 2, address: 'here' } },
  });
  const of = (cells: object, from: typeof stored | null = stored) => cameraOfRow({ line: 2, cells: { id: 'a', ...cells } }, from);

  it('leaves what is empty, removes what is struck out', () => {
    expect(of({ name: '', groups: '', direction: '' }).camera).toEqual(stored);
    const removed = of({ detectUrl: '-', groups: '-', direction: '-', latitude: '-', username: '-' });
    expect(removed.camera).toMatchObject({ name: 'A', source: { url: 'rtsp://192.0.2.1/a' } });
    for (const key of ['groups', 'directionDegrees', 'location']) expect(removed.camera).not.toHaveProperty(key);
    expect(removed.camera?.source).not.toHaveProperty('detectUrl');
    expect(removed.credentials).toBeNull();
  });

  it('reads what spreadsheets write', () => {
    const row = of({ latitude: '10,98', longitude: '106.67', direction: '270', groups: 'a | b|a', enabled: 'Không', transport: 'UDP' });
    expect(row.camera).toMatchObject({
      ...{ location: { latitude: 10.98, longitude: 106.67, address: 'here' }, directionDegrees: 270, groups: ['a', 'b'] },
      ...{ enabled: false, source: { transport: 'udp' } },
    });
  });

  it.each([
    { cells: { latitude: 'north' }, problem: { column: 'latitude', message: 'must be a number such as 10.9804; got "north"' } },
    { cells: { latitude: '91' }, problem: { column: 'latitude', message: 'must be <= 90; got 91' } },
    { cells: { direction: '360' }, problem: { column: 'direction', message: 'must be < 360; got 360' } },
    { cells: { enabled: 'maybe' }, problem: { column: 'enabled', message: 'must be true or false; got "maybe"' } },
    { cells: { transport: 'http' }, problem: { column: 'transport', message: 'must be one of tcp, udp; got "http"' } },
    {
      cells: { url: 'rtsp://admin:s3/cret@192.0.2.1/a' },
      problem: { column: 'url', message: 'holds user name or password: give them in the columns username and password' },
    },
    { cells: { url: 'http://x' }, problem: { column: 'url', message: expect.stringContaining('must be rtsp:// or rtsps://') } },
    { cells: { password: 's3cret' }, problem: { column: 'username', message: 'a password without a user name: give both, or neither' } },
    { cells: { username: 's3cret:x', password: 'y' }, problem: { column: 'username', message: 'must not hold a colon' } },
    { cells: { groups: 'a;b' }, problem: { column: 'groups', message: expect.stringContaining('without | ; and comma') } },
  ])('says what is wrong: $cells', ({ cells, problem }) => {
    const { camera, problems } = of(cells);
    expect(camera).toBeNull();
    expect(problems).toMatchObject([problem]);
    expect(JSON.stringify(problems)).not.toMatch(/s3/);
  });

  it('asks a new camera for a name, an address and a whole place', () => {
    expect(of({ latitude: '1' }, null).problems).toMatchObject([
      { column: 'name', message: 'is missing: a new camera needs a name' },
      { column: 'url', message: 'is missing: a new camera needs its RTSP address' },
      { column: 'longitude', message: 'is missing: a place needs latitude and longitude' },
    ]);
  });
});
