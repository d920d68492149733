// What the programs in this folder share: the packages that scripts/test-tools
// put in place, the job on standard input, the answer on standard output, and
// the reading of the service provider's metadata.

import { createRequire } from 'node:module';
import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env.USHER_TEST_TOOLS;
if (!folder) {
  throw new Error('USHER_TEST_TOOLS is not set: the folder that scripts/test-tools made');
}

/** `require` as it works where the packages are. */
export const require = createRequire(join(folder, 'package.json'));

/** Runs `main` on the job from standard input, and writes what it returns. */
export async function answer(main) {
  const job = JSON.parse(readFileSync(0, 'utf8'));
  writeSync(1, JSON.stringify(await main(job)));
}

/** What the job calls the cipher, by its name in XML Encryption. */
export function cipherUri(name) {
  return name === 'none' ? undefined : `http://www.w3.org/2009/xmlenc11#${name}`;
}

/** The service provider's metadata, as samlify reads it. */
export function readMetadata(xml) {
  const { entityMeta } = require('samlify').ServiceProvider({ metadata: xml });
  const certificates = (use) => [entityMeta.getX509Certificate(use)].flat().map(pem);
  return {
    entityId: entityMeta.getEntityID(),
    acsUrl: entityMeta.getAssertionConsumerService('post'),
    signingCertificates: certificates('signing'),
    encryptionCertificates: certificates('encryption'),
  };
}

function pem(base64) {
  const lines = base64.replace(/\s/g, '').match(/.{1,64}/g).join('\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
