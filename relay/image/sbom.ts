import { createHash } from 'node:crypto';
import type { DebianPackage } from './debian';
import type { NpmPackage } from './npm-package';
import type { Platform } from './platform';

/** What an image is made of. */
export interface Parts {
  readonly name: string;
  readonly version: string;
  readonly platform: Platform;
  readonly created: Date;
  readonly suite: string;
  readonly debian: readonly DebianPackage[];
  readonly npm: readonly NpmPackage[];
}

/** The bill of materials of an image, as SPDX 2.3 JSON. */
export function sbomOf(parts: Parts): string {
  const image = {
    ...element('image', parts.name, parts.version, 'Apache-2.0'),
    primaryPackagePurpose: 'CONTAINER',
  };
  const contents = [...parts.debian.map(part => debianElement(part, parts)), ...parts.npm.map(npmElement)];
  const identity = createHash('sha256')
    .update(JSON.stringify([parts.created, image, contents]))
    .digest('hex');
  const name = `${parts.name}-${parts.version}-${parts.platform.architecture}`;
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `https://cdk8s-stunner.dev/spdx/${name}-${identity}`,
    creationInfo: {
      created: parts.created.toISOString().replace(/\.\d+/, ''),
      creators: ['Organization: cdk8s-stunner', `Tool: cdk8s-stunner-image-${parts.version}`],
    },
    packages: [image, ...contents],
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', image.SPDXID),
      ...contents.map(({ SPDXID }) => relationship(image.SPDXID, 'CONTAINS', SPDXID)),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function element(id: string, name: string, versionInfo: string, licenseDeclared: string) {
  return {
    SPDXID: `SPDXRef-${id.replace(/[^a-zA-Z0-9.-]+/g, '-')}`,
    name,
    versionInfo,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared,
    copyrightText: 'NOASSERTION',
  };
}

function debianElement({ name, version, sha256 }: DebianPackage, { platform, suite }: Parts) {
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${platform.architecture}&distro=${suite}`;
  return {
    ...element(`deb-${name}`, name, version, 'NOASSERTION'),
    supplier: 'Organization: Debian',
    checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
    externalRefs: [packageUrl(purl)],
  };
}

function npmElement({ name, version, license, integrity }: NpmPackage) {
  const checksumValue = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  return {
    ...element(`npm-${name}-${version}`, name, version, license),
    checksums: [{ algorithm: 'SHA512', checksumValue }],
    externalRefs: [packageUrl(`pkg:npm/${name.replace('@', '%40')}@${version}`)],
  };
}

function packageUrl(referenceLocator: string) {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator };
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
