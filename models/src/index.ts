export type { ModelPlaces, ProgressListener } from './cache.js';
export {
  CATALOGUE,
  type CheckedFile,
  type FileSource,
  type ModelEntry,
  type ModelFamily,
  modelEntry,
  type NpmSource,
} from './catalogue.js';
export {
  CONVERSION_TOLERANCE,
  type ConversionCheckOptions,
  type ConversionReport,
  checkConversion,
  type OutputDifference,
} from './check-conversion.js';
export { COCO_CLASSES } from './coco-classes.js';
export { MODELS_ERRORS, type ModelsErrorCode } from './errors.js';
export { listModels, type ModelCheck, type ModelListing, verifyModels } from './inventory.js';
export { type Picture, type PictureOrigin, readPicture, samplePictures } from './pictures.js';
export {
  isPlateModel,
  PLATE_MODELS,
  type PlateModelEntry,
  type PreparedPlateModel,
  plateModelsPresent,
  preparePlateModel,
} from './plate-models.js';
export { openPlateSession, type PlateSession } from './plate-session.js';
export type { InputSize } from './prepare/anchors.js';
export { PRECISIONS, type Precision } from './prepare/half-network.js';
export { PLATE_CHARACTERS } from './prepare/plate-networks.js';
export { type PreparedModel, type PrepareOptions, prepareModel } from './prepare-model.js';
export type { PreparedFacts } from './prepared-model.js';
export { type PulledModel, type PullOptions, pullModel } from './pull.js';
