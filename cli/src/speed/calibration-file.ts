import { readFileSync } from 'node:fs';
import { calibrationProblems, SafecityError } from '@safecity/contracts';
import { fitRoadPlane, type RoadPlane } from '@safecity/rules';

type Pair = [number, number];

function bad(file: string, what: string): SafecityError {
  return new SafecityError('CLI_USAGE', `${file}: ${what}`);
}

function pairs(value: unknown, key: string, file: string): Pair[] {
  const isPair = (point: unknown) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
  if (!Array.isArray(value) || value.length < 4) throw bad(file, `"${key}" must be a list of four or more points [x,y]`);
  const wrong = value.findIndex((point) => !isPair(point));
  if (wrong >= 0) throw bad(file, `"${key}" point ${wrong + 1} must be two finite numbers, not ${JSON.stringify(value[wrong])}`);
  return value as Pair[];
}

/**
 * Reads `{"imageSize":[w,h],"image":[[x,y]…],"road":[[xM,yM]…]}`; other members are left alone.
 * @returns the road plane for picture points in pixels
 * @throws SafecityError `CLI_USAGE`, `RULES_CALIBRATION_INVALID`
 */
export function readRoadPlane(file: string): RoadPlane {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new SafecityError('CLI_USAGE', `${file} is not JSON: ${error.message}`, { cause: error });
    throw error;
  }
  if (typeof given !== 'object' || given === null) throw bad(file, 'must hold an object with imageSize, image and road');
  const { imageSize, image, road } = given as Record<string, unknown>;
  if (!Array.isArray(imageSize) || imageSize.length !== 2 || !imageSize.every((side) => Number.isFinite(side) && side > 0))
    throw bad(file, '"imageSize" must be [width, height] in pixels');
  const [width, height] = imageSize as Pair;
  const picture = pairs(image, 'image', file);
  const roadM = pairs(road, 'road', file);
  if (picture.length !== roadM.length)
    throw bad(file, `"image" has ${picture.length} points and "road" ${roadM.length}: each picture point needs its road point`);
  const points = picture.map(([x, y], i) => ({ picture: [x / width, y / height] as Pair, roadM: roadM[i] as Pair }));
  const problem = calibrationProblems({ points }, 'calibration')[0];
  if (problem) throw bad(file, problem.message);
  return fitRoadPlane(picture.map((point, i) => ({ picture: point, roadM: roadM[i] as Pair })));
}
