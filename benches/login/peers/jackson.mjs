// SAML Jackson behind two addresses, as its documentation shows it: `/login` begins a
// login, `/acs` takes the response. Everything is stored in memory.
//
//   node jackson.mjs PORT FOLDER
//
// FOLDER has the certificate of the identity provider, `idp.pem`.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import module from '@boxyhq/saml-jackson';

// The package is a CommonJS module.
const jackson = module.default;
const [port, folder] = process.argv.slice(2);
const base = `http://127.0.0.1:${port}`;
const product = `${base}/product`;
const { connectionAPIController, oauthController } = await jackson({
  externalUrl: base,
  samlAudience: `${base}/metadata`,
  samlPath: '/acs',
  clientSecretVerifier: 'benchmark',
  db: { engine: 'mem' },
  noAnalytics: true,
  logger: { info() {}, warn() {}, error: console.error },
});

const certificate = readFileSync(`${folder}/idp.pem`, 'utf8').replace(/-----[^-]+-----|\s/g, '');
await connectionAPIController.createSAMLConnection({
  tenant: 'example',
  product: 'bench',
  redirectUrl: [product],
  defaultRedirectUrl: product,
  rawMetadata: `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"
      entityID="https://idp.example.com/metadata">
    <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
      <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">
        <X509Data><X509Certificate>${certificate}</X509Certificate></X509Data>
      </KeyInfo></KeyDescriptor>
      <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
        Location="https://idp.example.com/sso"/>
    </IDPSSODescriptor>
  </EntityDescriptor>`,
});

const routes = {
  'GET /login': () =>
    oauthController.authorize({
      client_id: 'tenant=example&product=bench',
      redirect_uri: product,
      response_type: 'code',
      state: 'benchmark',
    }),
  'POST /acs': async (request) => {
    let form = '';
    for await (const part of request) form += part;
    return oauthController.samlResponse(Object.fromEntries(new URLSearchParams(form)));
  },
};

createServer(async (request, response) => {
  try {
    const { redirect_url, error } = await routes[`${request.method} ${request.url}`](request);
    if (!redirect_url || error) throw new Error(error ?? 'no redirect');
    response.writeHead(303, { location: redirect_url }).end();
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
}).listen(Number(port), '127.0.0.1');
