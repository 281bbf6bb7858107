/**
 * Property tests draw the same cases in every run, so that a red suite is red again; another seed
 * (BIFROST_PROPERTY_SEED, any integer) draws others.
 */

import fc from 'fast-check';

const SEED_DEFAULT = 20_261_122;

fc.configureGlobal({ seed: Number(process.env['BIFROST_PROPERTY_SEED'] ?? SEED_DEFAULT) });
