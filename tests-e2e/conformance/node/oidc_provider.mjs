// The certified npm oidc-provider as a target of the pack; with DEFECTS=name,… its broken twin.
// Settings come as JSON in CONFORMANCE: issuer, port, clients. Ready when it prints "ready".
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

import { DEFECTS } from './defects.mjs';
import { interact } from './interactions.mjs';
import { Storage } from './storage.mjs';

const settings = JSON.parse(process.env.CONFORMANCE);
const planted = (process.env.DEFECTS ?? '').split(',').filter(Boolean).map((name) => {
  if (!(name in DEFECTS)) throw new Error(`no such defect: ${name}`);
  return DEFECTS[name];
});

const world = {
  issuer: settings.issuer,
  keys: [signingKey()],
  stopped: new Set(),
  storage: new Storage(),
  clients: settings.clients,
  provider: null,
};

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomUUID() };
}

async function findAccount(ctx, id) {
  if (world.stopped.has(id)) return undefined;
  return { accountId: id, claims: async () => claimsOf(id) };
}

function claimsOf(id) {
  return {
    sub: id,
    name: 'Test Person',
    given_name: 'Test',
    family_name: 'Person',
    locale: 'en',
    email: `${id}@example.invalid`,
    email_verified: true,
    phone_number: '+966500000000',
    phone_number_verified: true,
    address: { formatted: 'Riyadh', country: 'SA' },
  };
}

function configuration() {
  const made = {
    adapter: world.storage.adapter(),
    clients: world.clients,
    jwks: { keys: world.keys },
    findAccount,
    cookies: { keys: ['conformance'], long: { sameSite: 'none' } },
    enableHttpPostMethods: true,
    allowOmittingSingleRegisteredRedirectUri: false,
    claims: {
      openid: ['sub'],
      profile: ['name', 'given_name', 'family_name', 'locale'],
      email: ['email', 'email_verified'],
      phone: ['phone_number', 'phone_number_verified'],
      address: ['address'],
    },
    acrValues: ['urn:example:password'],
    scopes: ['openid', 'offline_access', 'read'],
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    pkce: { required: () => true },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: 300, AuthorizationCode: 60, ClientCredentials: 300, DeviceCode: 600, Grant: 3600, IdToken: 300,
      Interaction: 600, RefreshToken: 3600, Session: 3600,
    },
    // Without its guard against private addresses: the pack's receiver is on loopback, and nothing else is called.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: askToSignOut, postLogoutSuccessSource: signedOut },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: async (ctx, resource) => ({
          scope: 'read', audience: resource, accessTokenTTL: 300, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } },
        }),
        useGrantedResource: async () => true,
      },
    },
  };
  for (const defect of planted) defect.configure?.(made, world);
  return made;
}

function askToSignOut(ctx, form) {
  const button = '<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>';
  ctx.body = `<!DOCTYPE html><title>Sign out?</title>${form.replace('<form', '<form data-act="sign-out"')}${button}`;
}

function signedOut(ctx) {
  ctx.body = '<!DOCTYPE html><title>Signed out</title><p>Signed out.</p>';
}

function begin() {
  const provider = new Provider(world.issuer, configuration());
  provider.on('server_error', (ctx, error) => console.error(error));
  for (const defect of planted) defect.prepare?.(provider, world);
  world.provider = provider;
  world.answer = provider.callback();
}

// New keys come by a new provider over the same storage: what was issued stays.
function rotateKeys() {
  world.keys = [signingKey(), ...world.keys].slice(0, 2);
  for (const defect of planted) defect.rotated?.(world);
  begin();
}

function stopAccount(id) {
  if (planted.some((defect) => defect.neverStops)) return;
  world.stopped.add(id);
  world.storage.forget('Session', (session) => session.accountId === id);
}

async function control(url, response) {
  if (url.pathname === '/control/rotate-keys') rotateKeys();
  if (url.pathname === '/control/stop') stopAccount(url.searchParams.get('account'));
  response.writeHead(204).end();
}

async function read(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function handle(request, response) {
  const url = new URL(request.url, world.issuer);
  response.setHeader('Referrer-Policy', 'no-referrer');
  if (url.pathname.startsWith('/control/')) return control(url, response);
  const isPage = url.pathname.startsWith('/interaction/');
  if (isPage && planted.length === 0) return interact(world, request, response, await form(request));
  if (planted.length === 0) return world.answer(request, response);
  const asked = { request, url, form: await form(request) };
  for (const defect of planted) await defect.asked?.(asked, world);
  for (const defect of planted) if (defect.answered) intercept(response, (answer) => defect.answered(answer, asked, world));
  if (isPage) return interact(world, request, response, asked.form);
  request.url = `${asked.url.pathname}${asked.url.search}`;
  if (asked.form) request.body = asked.form.size ? asked.form.toString() : {};
  return world.answer(request, response);
}

async function form(request) {
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return request.method === 'POST' && isForm ? new URLSearchParams(await read(request)) : null;
}

// Let a defect change an answer just before it is sent.
function intercept(response, change) {
  const end = response.end.bind(response);
  response.end = (body, ...rest) => {
    const answer = { response, body: body ? body.toString() : '' };
    Promise.resolve().then(() => change(answer)).catch((error) => console.error(error)).then(() => {
      if (!response.headersSent && body) response.setHeader('Content-Length', Buffer.byteLength(answer.body));
      end(body ? answer.body : body, ...rest);
    });
    return response;
  };
}

begin();
createServer((request, response) => {
  handle(request, response).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
}).listen(settings.port, '127.0.0.1', () => console.log('ready'));
