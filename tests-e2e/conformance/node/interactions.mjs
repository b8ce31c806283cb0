// The pages a person sees at the reference target: a sign-in form, a consent form, each with a way to refuse.
const PASSWORD = 'reference';

export async function interact({ provider, stopped }, request, response, form) {
  const { prompt, session, params, grantId } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') return show(response, request.url, prompt.name);
  if (form.get('decision') === 'refuse') {
    return finish(provider, request, response, { error: 'access_denied', error_description: 'the person refused' }, true);
  }
  if (prompt.name === 'login') {
    if (form.get('password') !== PASSWORD || stopped.has(form.get('login'))) return show(response, request.url, 'login');
    return finish(provider, request, response, { login: { accountId: form.get('login') } }, false);
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [indicator, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(indicator, scopes.join(' '));
  }
  return finish(provider, request, response, { consent: { grantId: await grant.save() } }, true);
}

function finish(provider, request, response, result, merge) {
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: merge });
}

function show(response, action, name) {
  const fields = name === 'login' ? '<input name="login"><input name="password" type="password">' : '';
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.end(`<!DOCTYPE html><title>${name}</title><form method="post" action="${action}" data-act="${name}">${fields}
<button name="decision" value="accept">Go on</button><button name="decision" value="refuse">Refuse</button></form>`);
}
